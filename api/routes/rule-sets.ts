import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { afterQuery, reached } from '../after.ts';
import type { App } from '../app.ts';
import { keyOf } from '../auth.ts';
import { MalformedJson } from '../json.ts';
import type { Limits } from '../limits.ts';
import { presentRuleSet, reflect } from '../presentation.ts';
import { Problem } from '../problem.ts';
import { ruleSetRefused } from '../rule-set-refused.ts';
import { problemAnswer, ruleSetAnswer, ruleSetSummary, ruleSetsAnswer } from '../schemas.ts';
import type { Services } from '../services.ts';

const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml'];
const name = z.string().min(1).max(128);
const version = z.coerce.number().int().min(1);

/** Runs in a scope of its own: it also takes YAML. */
export function ruleSetRoutes(app: App, services: Services, limits: Limits): void {
  app.addContentTypeParser(
    YAML_TYPES,
    { parseAs: 'buffer', bodyLimit: limits.ruleSetBytes },
    (_request, body, done) => {
      if (isUtf8(body as Buffer)) done(null, { source: body.toString('utf8') });
      else done(new MalformedJson('is not UTF-8'));
    },
  );
  readRoutes(app, services);
  publishRoute(app, services, limits);
}

function readRoutes(app: App, services: Services): void {
  app.route({
    method: 'GET',
    url: '/v1/rulesets',
    config: { scope: 'read' },
    schema: {
      tags: ['rule sets'],
      summary: 'Every version of every rule set',
      querystring: z.strictObject(afterQuery),
      response: { 200: ruleSetsAnswer, default: problemAnswer },
    },
    handler: async (request, reply) => {
      await reached(services, 'rulesets', request, request.query.after);
      const { asOf, value } = await services.ruleSets();
      return { ruleSets: value.map(presentRuleSet), asOf: reflect(reply, asOf) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/rulesets/:name/versions/:version',
    config: { scope: 'read' },
    schema: {
      tags: ['rule sets'],
      summary: 'A version of a rule set with its source',
      params: z.object({ name, version }),
      querystring: z.strictObject(afterQuery),
      response: { 200: ruleSetAnswer, default: problemAnswer },
    },
    handler: async (request, reply) => {
      await reached(services, 'rulesets', request, request.query.after);
      const { asOf, value } = await services.ruleSet(request.params);
      const at = reflect(reply, asOf);
      if (value === undefined)
        throw new Problem('not-found', 'No rule set has this name and version.', { asOf: at });
      return { ...presentRuleSet(value), source: value.source, asOf: at };
    },
  });
}

function publishRoute(app: App, services: Services, limits: Limits): void {
  app.route({
    method: 'POST',
    url: '/v1/rulesets',
    config: { scope: 'operate' },
    bodyLimit: limits.ruleSetBytes,
    schema: {
      tags: ['rule sets'],
      summary: 'Publish a version of a rule set',
      description: 'The YAML itself, or JSON with it as source. It is not in force until it is activated.',
      consumes: ['application/json', ...YAML_TYPES],
      body: z.strictObject({ source: z.string().min(1) }),
      response: { 200: ruleSetSummary, 201: ruleSetSummary, default: problemAnswer },
    },
    handler: async (request, reply) => {
      const answer = await services.publishRuleSet(request.body.source, keyOf(request).name);
      if (answer.kind === 'refused') throw ruleSetRefused(answer.problems);
      return reply.code(answer.kind === 'known' ? 200 : 201).send(presentRuleSet(answer.summary));
    },
  });
}
