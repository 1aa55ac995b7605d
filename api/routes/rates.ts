import { z } from 'zod';
import { ratesSchema } from '../../domain/rates.ts';
import { afterQuery, reached } from '../after.ts';
import type { App } from '../app.ts';
import { keyOf } from '../auth.ts';
import { reflect, token } from '../presentation.ts';
import { Problem } from '../problem.ts';
import { problemAnswer, ratesAnswer, ratesPublished } from '../schemas.ts';
import type { Services } from '../services.ts';

export function rateRoutes(app: App, services: Services): void {
  app.route({
    method: 'GET',
    url: '/v1/rates',
    config: { scope: 'read' },
    schema: {
      tags: ['rates'],
      summary: 'The rate table in force',
      querystring: z.strictObject(afterQuery),
      response: { 200: ratesAnswer, default: problemAnswer },
    },
    handler: async (request, reply) => {
      await reached(services, 'rates', request, request.query.after);
      const { asOf, value } = await services.rates();
      const at = reflect(reply, asOf);
      if (value === undefined) throw new Problem('not-found', 'No rates were published yet.', { asOf: at });
      return { ...value, asOf: at };
    },
  });

  app.route({
    method: 'PUT',
    url: '/v1/rates',
    config: { scope: 'operate' },
    schema: {
      tags: ['rates'],
      summary: 'Publish a rate table',
      description: 'It converts transactions that arrive from now on; what was converted stays as it is.',
      body: ratesSchema,
      response: { 200: ratesPublished, default: problemAnswer },
    },
    handler: async (request) => {
      const { version, position } = await services.publishRates(request.body, keyOf(request).name);
      return { version, position: token(position) };
    },
  });
}
