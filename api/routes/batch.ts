import { z } from 'zod';
import { transactionSchema } from '../../domain/transaction.ts';
import type { App } from '../app.ts';
import { answerBatch, batchSchema, checkedByItem } from '../batch/answer-batch.ts';
import type { Item } from '../batch/items.ts';
import { submitItems } from '../batch/submit-items.ts';
import { clientSignal } from '../client-signal.ts';
import type { ReportError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { RequestMetrics } from '../request-metrics.ts';
import type { Services } from '../services.ts';
import { traceparent } from '../traceparent.ts';

const query = z.strictObject({
  origin: z
    .enum(['live', 'import'])
    .default('live')
    .describe('import: history, of any age; raises no alerts'),
});

/** In a scope that reads batches. */
export function batchRoutes(
  app: App,
  services: Services,
  metrics: RequestMetrics,
  limits: Limits,
  report: ReportError,
): void {
  app.route({
    method: 'POST',
    url: '/v1/transactions/batch',
    config: {
      scope: (request) =>
        (request.query as { origin?: unknown }).origin === 'import' ? 'operate' : 'submit',
    },
    schema: {
      tags: ['transactions'],
      summary: 'Submit many transactions',
      description:
        'NDJSON of any length is answered line by line while it arrives; a JSON array ' +
        `(${limits.batchItems} items) by an array. Each item is answered for itself, in order, and those of one ` +
        'account are stored in their order. With `Prefer: return=minimal`, NDJSON is answered by the lines that ' +
        'were not stored and a last line that counts.',
      querystring: query,
      ...batchSchema(transactionSchema),
    },
    validatorCompiler: checkedByItem,
    handler: async (request, reply) => {
      const submitter = {
        services,
        metrics,
        options: { origin: request.query.origin, traceparent: traceparent(request) },
        signal: clientSignal(reply),
      };
      const answerItems = (items: readonly Item[]) => submitItems(items, submitter);
      return answerBatch(request, reply, answerItems, limits, report);
    },
  });
}
