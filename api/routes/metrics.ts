import { z } from 'zod';
import type { App } from '../app.ts';
import { problemAnswer } from '../schemas.ts';
import type { Services } from '../services.ts';

export function metricsRoutes(app: App, services: Services): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { scope: 'read' },
    schema: {
      tags: ['operating'],
      summary: 'Metrics in the Prometheus text format',
      response: {
        200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
        default: problemAnswer,
      },
    },
    handler: async (_request, reply) =>
      reply.type(services.metrics.contentType).send(await services.metrics.metrics()),
  });
}
