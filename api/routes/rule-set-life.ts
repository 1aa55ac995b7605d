import { z } from 'zod';
import type { App } from '../app.ts';
import { keyOf } from '../auth.ts';
import { token } from '../presentation.ts';
import { Problem, retryAfter } from '../problem.ts';
import {
  activationAnswer,
  problemAnswer,
  retirementAnswer,
  ruleSetDifferenceAnswer,
  ruleSetHistoryAnswer,
} from '../schemas.ts';
import type { RuleSetStepAnswer, Services } from '../services.ts';

const name = z.string().min(1).max(128);
const version = z.coerce.number().int().min(1);
const reason = z.string().trim().min(1).max(1000).describe('Why');
const NO_VERSION = 'No rule set has this name and version.';

/** What becomes of rule sets after they are published. */
export function ruleSetLifeRoutes(app: App, services: Services): void {
  stepRoutes(app, services);
  retireRoute(app, services);
  lookingBackRoutes(app, services);
}

function stepRoutes(app: App, services: Services): void {
  app.route({
    method: 'POST',
    url: '/v1/rulesets/:name/activate',
    config: { scope: 'operate' },
    schema: {
      tags: ['rule sets'],
      summary: 'Score by a published version from now on',
      params: z.object({ name }),
      body: z.strictObject({ version: z.int().min(1), reason: reason.optional() }),
      response: { 200: activationAnswer, default: problemAnswer },
    },
    handler: async (request) => {
      const { version: wanted, reason: why = null } = request.body;
      const named = { name: request.params.name, version: wanted };
      return settle(await services.activateRuleSet(named, keyOf(request).name, why));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/rulesets/rollback',
    config: { scope: 'operate' },
    schema: {
      tags: ['rule sets'],
      summary: 'Score by what was in force before, from now on',
      description: 'Done twice, it is undone.',
      body: z.strictObject({ reason: reason.optional() }).nullish(),
      response: { 200: activationAnswer, default: problemAnswer },
    },
    handler: async (request) =>
      settle(await services.rollBackRuleSet(keyOf(request).name, request.body?.reason ?? null)),
  });
}

function retireRoute(app: App, services: Services): void {
  app.route({
    method: 'POST',
    url: '/v1/rulesets/:name/retire',
    config: { scope: 'operate' },
    schema: {
      tags: ['rule sets'],
      summary: 'Never put a version in force again',
      description: 'What it decided stays. The version in force cannot be retired.',
      params: z.object({ name }),
      body: z.strictObject({ version: z.int().min(1), reason }),
      response: { 200: retirementAnswer, default: problemAnswer },
    },
    handler: async (request) => {
      const { version: wanted, reason: why } = request.body;
      const named = { name: request.params.name, version: wanted };
      return settle(await services.retireRuleSet(named, keyOf(request).name, why));
    },
  });
}

function lookingBackRoutes(app: App, services: Services): void {
  app.route({
    method: 'GET',
    url: '/v1/rulesets/:name/history',
    config: { scope: 'read' },
    schema: {
      tags: ['rule sets'],
      summary: 'What was done with the versions of a rule set, by whom and why',
      params: z.object({ name }),
      response: { 200: ruleSetHistoryAnswer, default: problemAnswer },
    },
    handler: async (request) => {
      const steps = await services.ruleSetHistory(request.params.name);
      if (steps.length === 0) throw new Problem('not-found', 'No rule set has this name.');
      return { steps: steps.map((step) => ({ ...step, position: token(step.position) })) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/rulesets/:name/versions/:version/difference',
    config: { scope: 'read' },
    schema: {
      tags: ['rule sets'],
      summary: 'What a version says otherwise than another, in words',
      params: z.object({ name, version }),
      querystring: z.strictObject({
        from: version.describe('Version compared with'),
        fromName: name.optional().describe('Its rule set, where it is another one'),
      }),
      response: { 200: ruleSetDifferenceAnswer, default: problemAnswer },
    },
    handler: async (request) => {
      const to = request.params;
      const from = { name: request.query.fromName ?? to.name, version: request.query.from };
      const differences = await services.ruleSetDifference(from, to);
      if (differences === undefined) throw new Problem('not-found', NO_VERSION);
      return { from, to, differences };
    },
  });
}

function settle(answer: RuleSetStepAnswer) {
  switch (answer.kind) {
    case 'done':
      return { ...answer.version, position: token(answer.position) };
    case 'conflict':
      throw new Problem('rule-set-conflict', answer.message);
    case 'behind':
      throw new Problem('view-behind', 'What is in force is not known yet.', {}, retryAfter(1_000));
    case 'unknown':
      throw new Problem('not-found', NO_VERSION);
  }
}
