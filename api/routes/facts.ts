import { z } from 'zod';
import type { App } from '../app.ts';
import { keyOf } from '../auth.ts';
import { presentChange, presentFact, token } from '../presentation.ts';
import { Problem } from '../problem.ts';
import { factAnswer, factRevision, identifier, problemAnswer } from '../schemas.ts';
import type { FactCommand, Services } from '../services.ts';

const params = z.object({ accountId: identifier, revision: factRevision });
const querystring = z.strictObject({
  preview: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: only tell what it would do; nothing is stored'),
});
const body = z
  .strictObject({ reason: z.string().trim().min(1).max(1_000).describe('Why; kept with the fact for ever') })
  .nullish();

const DESCRIPTIONS = {
  exclude:
    'What is decided of the account from then on is decided without it; what was decided stays. A fact that this ' +
    'version cannot read, and that its partition stands still at, is passed by that.',
  readmit: 'What is decided of the account from then on is decided with it again.',
};

/** Facts of an account that must not count: each command is itself a fact in the account’s stream. */
export function factRoutes(app: App, services: Services): void {
  command(app, services, 'exclude', 'Take a fact out of what is decided from now on');
  command(app, services, 'readmit', 'Put an excluded fact back in');
}

function command(app: App, services: Services, what: FactCommand['what'], summary: string): void {
  app.route({
    method: 'POST',
    url: `/v1/accounts/:accountId/facts/:revision/${what}`,
    config: { scope: 'operate' },
    schema: {
      tags: ['facts'],
      summary,
      description: `${DESCRIPTIONS[what]} It is refused with 409 where the state of the fact does not allow it.`,
      params,
      querystring,
      body,
      response: { 200: factAnswer, default: problemAnswer },
    },
    handler: async (request) => {
      const { accountId, revision } = request.params;
      const order: FactCommand = { what, accountId, revision: Number(revision) };
      if (request.query.preview === 'true') return previewed(services, order);
      const reason = request.body?.reason;
      if (reason === undefined) {
        const problem = 'must say why, such as {"reason":"a test payment"}';
        throw new Problem('invalid-request', `reason ${problem}.`, {
          errors: [{ field: 'reason', problem }],
        });
      }
      const answer = await services.commandFact(order, reason, keyOf(request).name);
      if (answer.kind !== 'done') throw refused(answer);
      return { fact: presentFact(answer.fact), position: token(answer.position), preview: null };
    },
  });
}

async function previewed(services: Services, order: FactCommand) {
  const answer = await services.previewFactCommand(order);
  if (answer.kind !== 'preview') throw refused(answer);
  const { fact, waiting, later } = answer.preview;
  const changes = later && { ...later, first: later.first.map(presentChange) };
  return { fact: presentFact(fact), position: null, preview: { waiting, later: changes } };
}

function refused(answer: { kind: 'unknown' } | { kind: 'refused'; message: string }): Problem {
  return answer.kind === 'unknown'
    ? new Problem('not-found', 'The account has no fact of this revision.')
    : new Problem('fact-conflict', answer.message);
}
