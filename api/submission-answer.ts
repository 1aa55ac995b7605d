import { sentence } from './app.ts';
import { presentStored } from './presentation.ts';
import { Problem } from './problem.ts';
import type { RequestMetrics } from './request-metrics.ts';
import type { StoredTransaction, SubmitAnswer } from './services.ts';

/** The transaction as it stands in the store, or the problem to answer. Counts either. */
export function settle(answer: SubmitAnswer, metrics: RequestMetrics): StoredTransaction | Problem {
  metrics.submission(answer.kind);
  switch (answer.kind) {
    case 'accepted':
    case 'known':
      return answer.stored;
    case 'conflict':
      return conflict(answer.stored, answer.fields);
    case 'refused':
      metrics.refused(answer.problems);
      return new Problem('invalid-transaction', sentence(answer.problems), { errors: answer.problems });
  }
}

function conflict(stored: StoredTransaction, differing: string[]): Problem {
  const detail = `It was submitted before with other content; what differs: ${differing.join(', ')}.`;
  return new Problem('transaction-conflict', detail, { ...presentStored(stored), differing });
}
