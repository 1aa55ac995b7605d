import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { labelSchema } from '../../domain/door/parse-label.ts';
import { OUTCOMES } from '../../domain/transaction.ts';
import { type App, checkedElsewhere } from '../app.ts';
import { keyOf } from '../auth.ts';
import { answerBatch, batchSchema, checkedByItem } from '../batch/answer-batch.ts';
import { answerReadable, failed, type Item, type ItemAnswer } from '../batch/items.ts';
import type { ReportError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { presentStored } from '../presentation.ts';
import { Problem } from '../problem.ts';
import { accepted, identifier, problemAnswer } from '../schemas.ts';
import type { LearnAnswer, Scope, Services } from '../services.ts';

/** Chargebacks come from payment systems, findings from analysts. */
const WHO: readonly Scope[] = ['submit', 'work'];
/** Who imports history hands in what was learnt of it, too. */
const WHO_OF_MANY: readonly Scope[] = [...WHO, 'operate'];

const named = {
  params: z.object({ transactionId: identifier }),
  querystring: z.strictObject({
    accountId: identifier.optional().describe('Needed where several accounts have this id'),
  }),
};

const LATER =
  'It is a fact of the account: what is decided after its position sees it in the `where` of features; nothing that ' +
  'was decided before changes. Said again it is answered as the first time.';

/** What is learnt of a transaction after it was submitted. */
export function learningRoutes(app: App, services: Services): void {
  app.route({
    method: 'POST',
    url: '/v1/labels',
    config: { scope: WHO },
    schema: {
      tags: ['labels'],
      summary: 'Label a transaction as fraud or genuine',
      description: `${LATER} A later knownAt corrects what a source said; the latest label counts.`,
      body: labelSchema,
      response: { 202: accepted, default: problemAnswer },
    },
    validatorCompiler: checkedElsewhere,
    handler: async (request, reply) => {
      if (request.body === undefined)
        throw new Problem('malformed-json', 'The body is empty; send a JSON object.');
      return answered(await services.label(request.body, keyOf(request).name), reply);
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/transactions/:transactionId/outcome',
    config: { scope: 'submit' },
    schema: {
      tags: ['transactions'],
      summary: 'Say whether a transaction was authorised or declined',
      description: LATER,
      ...named,
      body: z.strictObject({ outcome: z.enum(OUTCOMES) }),
      response: { 202: accepted, default: problemAnswer },
    },
    handler: async (request, reply) => {
      const name = { ...request.params, ...request.query };
      return answered(await services.recordOutcome(name, request.body.outcome, keyOf(request).name), reply);
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/transactions/:transactionId/reversal',
    config: { scope: 'submit' },
    schema: {
      tags: ['transactions'],
      summary: 'Say that a transaction was taken back: reversed or refunded',
      description: LATER,
      ...named,
      body: z.strictObject({ reason: z.string().trim().min(1).max(1_000).optional() }).nullish(),
      response: { 202: accepted, default: problemAnswer },
    },
    handler: async (request, reply) => {
      const name = { ...request.params, ...request.query };
      return answered(await services.reverse(name, request.body?.reason ?? null, keyOf(request).name), reply);
    },
  });
}

/** In a scope that reads batches. */
export function labelBatchRoutes(app: App, services: Services, limits: Limits, report: ReportError): void {
  app.route({
    method: 'POST',
    url: '/v1/labels/batch',
    config: { scope: WHO_OF_MANY },
    schema: {
      tags: ['labels'],
      summary: 'Label many transactions',
      description: 'NDJSON or a JSON array; each item is answered for itself, as for transactions.',
      ...batchSchema(labelSchema),
    },
    validatorCompiler: checkedByItem,
    handler: async (request, reply) => {
      const by = keyOf(request).name;
      const answerItems = (items: readonly Item[]) =>
        answerReadable(items, async (values) => (await services.labelAll(values, by)).map(itemAnswer));
      return answerBatch(request, reply, answerItems, limits, report);
    },
  });
}

function answered(answer: LearnAnswer, reply: FastifyReply) {
  if (answer.kind !== 'accepted' && answer.kind !== 'known') throw refusal(answer);
  if (answer.kind === 'known') reply.header('idempotent-replayed', 'true');
  reply.code(202);
  return presentStored(answer.stored);
}

function itemAnswer(answer: LearnAnswer): ItemAnswer {
  if (answer.kind !== 'accepted' && answer.kind !== 'known') return failed(refusal(answer));
  const stored = { status: 202 as const, ...presentStored(answer.stored) };
  return answer.kind === 'known' ? { ...stored, replayed: true } : stored;
}

function refusal(answer: Exclude<LearnAnswer, { kind: 'accepted' | 'known' }>): Problem {
  switch (answer.kind) {
    case 'refused': {
      const { problems: errors } = answer;
      const detail = errors.map(({ field, problem }) => `${field} ${problem}`).join('; ');
      return new Problem('invalid-request', `${detail}.`, { errors });
    }
    case 'conflict':
      return new Problem('label-conflict', answer.detail);
    case 'unknown':
      return new Problem('not-found', `No transaction ${answer.transactionId} is known.`);
    case 'ambiguous':
      return new Problem('ambiguous-transaction', 'Say which with accountId.', {
        accountIds: answer.accountIds,
      });
  }
}
