import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Overloaded } from '../../domain/ports.ts';
import { transactionSchema } from '../../domain/transaction.ts';
import { afterQuery, reached } from '../after.ts';
import { type App, checkedElsewhere } from '../app.ts';
import { keyOf } from '../auth.ts';
import { appliedWait, preferences } from '../prefer.ts';
import { presentStored, presentTransaction, reflect } from '../presentation.ts';
import { Problem } from '../problem.ts';
import type { RequestMetrics } from '../request-metrics.ts';
import { accepted, decided, identifier, problemAnswer, transactionAnswer } from '../schemas.ts';
import type { Services, StoredTransaction, SubmitAnswer } from '../services.ts';
import { settle } from '../submission-answer.ts';
import { traceparent } from '../traceparent.ts';

export function transactionRoutes(app: App, services: Services, metrics: RequestMetrics): void {
  app.route({
    method: 'POST',
    url: '/v1/transactions',
    config: { scope: 'submit' },
    schema: {
      tags: ['transactions'],
      summary: 'Submit a transaction',
      description:
        'Answered once it is stored durably. With `Prefer: wait=0.5` the answer has the decision, if it is there in ' +
        'time. Submitting the same content again gives the first answer.',
      headers: z.object({
        prefer: z.string().optional().describe('wait=SECONDS, decimals allowed, at most 30'),
        traceparent: z.string().optional().describe('W3C trace context, kept with the fact'),
      }),
      body: transactionSchema,
      response: { 200: decided, 202: accepted, default: problemAnswer },
    },
    validatorCompiler: checkedElsewhere,
    handler: (request, reply): Promise<void> => submit(services, metrics, request, reply),
  });

  app.route({
    method: 'GET',
    url: '/v1/transactions/:transactionId',
    config: { scope: 'read' },
    schema: {
      tags: ['transactions'],
      summary: 'A transaction with its decision, hits and feature values',
      params: z.object({ transactionId: identifier }),
      querystring: z.strictObject({
        ...afterQuery,
        accountId: identifier.optional().describe('Needed where several accounts have this id'),
      }),
      response: { 200: transactionAnswer, default: problemAnswer },
    },
    handler: async (request, reply) => {
      await reached(services, 'transactions', request, request.query.after);
      const { transactionId } = request.params;
      const found = await services.transaction(transactionId, request.query.accountId);
      const asOf = reflect(reply, found.asOf);
      if (found.value.kind === 'found') return { ...presentTransaction(found.value.transaction), asOf };
      if (found.value.kind === 'none')
        throw new Problem('not-found', 'No transaction has this id.', { asOf });
      const { accountIds } = found.value;
      throw new Problem('ambiguous-transaction', 'Say which with ?accountId=.', { accountIds, asOf });
    },
  });
}

async function submit(
  services: Services,
  metrics: RequestMetrics,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const startedAtMs = performance.now();
  const answer = await submitCounted(services, metrics, request);
  const settled = settle(answer, metrics);
  if (settled instanceof Problem) throw settled;
  metrics.submitSeconds((performance.now() - startedAtMs) / 1000);
  if (answer.kind === 'known') reply.header('idempotent-replayed', 'true');
  const { waitMs } = preferences(request);
  if (waitMs === undefined) return sendJson(reply, 202, presentStored(settled));
  reply.header('preference-applied', appliedWait(waitMs));
  const decision = await services.decisionOf(settled, waitMs);
  if (decision === undefined) return degrade(metrics, request, reply, settled);
  metrics.decisionSeconds((performance.now() - startedAtMs) / 1000);
  sendJson(reply, 200, {
    ...presentStored(settled),
    degraded: false,
    score: decision.score,
    decision: decision.decision,
    reasons: decision.reasons,
    ruleSet: decision.ruleSet,
    lateByMs: decision.lateByMs,
  });
}

async function submitCounted(
  services: Services,
  metrics: RequestMetrics,
  request: FastifyRequest,
): Promise<SubmitAnswer> {
  if (request.body === undefined)
    throw new Problem('malformed-json', 'The body is empty; send a JSON object.');
  try {
    return await services.submit(request.body, { origin: 'live', traceparent: traceparent(request) });
  } catch (error) {
    if (error instanceof Overloaded) metrics.submission('overloaded');
    throw error;
  }
}

function degrade(
  metrics: RequestMetrics,
  request: FastifyRequest,
  reply: FastifyReply,
  stored: StoredTransaction,
): void {
  metrics.degraded();
  sendJson(reply, 202, {
    ...presentStored(stored),
    degraded: true,
    decision: keyOf(request).fallback,
  });
}

/** Sends what is known to be right: the hot path does without a serializer. */
function sendJson(reply: FastifyReply, status: number, body: object): void {
  reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}
