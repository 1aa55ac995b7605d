import { z } from 'zod';
import { afterQuery, reached } from '../after.ts';
import type { App } from '../app.ts';
import { explanation, presentExplanation } from '../explanation-answer.ts';
import { reflect } from '../presentation.ts';
import { Problem, retryAfter } from '../problem.ts';
import { ruleSetRefused } from '../rule-set-refused.ts';
import { identifier, positionToken, problemAnswer } from '../schemas.ts';
import type { ExplainAnswer, Services } from '../services.ts';

const MOST_EVENTS = 1_000;
const STANDARD_EVENTS = 20;

const shared = {
  params: z.object({ transactionId: identifier }),
  querystring: z.strictObject({
    ...afterQuery,
    accountId: identifier.optional().describe('Needed where several accounts have this id'),
    events: z.coerce
      .number()
      .int()
      .min(0)
      .max(MOST_EVENTS)
      .default(STANDARD_EVENTS)
      .describe('Of each feature, at most'),
  }),
  response: {
    200: explanation.extend({ asOf: positionToken }).describe('The explanation'),
    default: problemAnswer,
  },
};

const DESCRIPTION =
  'The decision as it was recorded, each feature with the very events that were in its window, and the single earlier ' +
  'events without which it would have been decided otherwise. Where features are of merchants, devices, …, everything ' +
  'up to the transaction is read.';

/** Why a transaction was decided as it was. */
export function explanationRoutes(app: App, services: Services): void {
  app.route({
    method: 'GET',
    url: '/v1/transactions/:transactionId/explanation',
    config: { scope: 'read' },
    schema: {
      tags: ['transactions'],
      summary: 'Why a transaction was decided as it was',
      description: DESCRIPTION,
      ...shared,
    },
    handler: async (request, reply) => {
      await reached(services, 'transactions', request, request.query.after);
      const { accountId, events } = request.query;
      const name = { ...request.params, accountId };
      const { asOf, value } = await services.explain(name, events, undefined);
      return { ...explained(value), asOf: reflect(reply, asOf) };
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/transactions/:transactionId/explanation',
    config: { scope: 'read' },
    schema: {
      tags: ['transactions'],
      summary: 'Why it was, and what another rule set would have said at the same place',
      description: `${DESCRIPTION} Nothing is stored; \`whatIf\` is by the rule set of the body.`,
      ...shared,
      body: z.strictObject({ source: z.string().min(1).describe('A rule set, YAML') }),
    },
    handler: async (request, reply) => {
      await reached(services, 'transactions', request, request.query.after);
      const { accountId, events } = request.query;
      const name = { ...request.params, accountId };
      const { asOf, value } = await services.explain(name, events, request.body.source);
      return { ...explained(value), asOf: reflect(reply, asOf) };
    },
  });
}

function explained(answer: ExplainAnswer): z.output<typeof explanation> {
  switch (answer.kind) {
    case 'explained':
      return presentExplanation(answer.explanation);
    case 'none':
      throw new Problem('not-found', 'No transaction has this id.');
    case 'ambiguous':
      throw new Problem('ambiguous-transaction', 'Say which with ?accountId=.', {
        accountIds: answer.accountIds,
      });
    case 'undecided':
      throw new Problem(
        'view-behind',
        'The transaction is not decided yet; ?after= waits for it.',
        {},
        retryAfter(1_000),
      );
    case 'passed':
      throw new Problem('not-found', 'The transaction was passed by unread: nothing was decided of it.');
    case 'too-large':
      throw new Problem(
        'explanation-too-large',
        `${answer.message}; "shrike explain", which is not the server, holds more.`,
      );
    case 'refused':
      throw ruleSetRefused(answer.problems);
  }
}
