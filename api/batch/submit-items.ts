import { setTimeout as sleep } from 'node:timers/promises';
import { Overloaded } from '../../domain/ports.ts';
import { presentStored } from '../presentation.ts';
import { Problem } from '../problem.ts';
import type { RequestMetrics } from '../request-metrics.ts';
import type { Services, SubmitAnswer, SubmitOptions } from '../services.ts';
import { settle } from '../submission-answer.ts';
import { answerReadable, failed, type Item, type ItemAnswer } from './items.ts';

export interface Submitter {
  services: Services;
  metrics: RequestMetrics;
  options: SubmitOptions;
  /** Gives up waiting for room in the store. */
  signal: AbortSignal;
}

/** Submits the items in their order, and answers each for itself. */
export function submitItems(items: readonly Item[], submitter: Submitter): Promise<ItemAnswer[]> {
  return answerReadable(items, async (values) => {
    const answers = await submitPatiently(values, submitter);
    return answers.map((answer) => itemAnswer(answer, submitter.metrics));
  });
}

/** The client sent a file, not a request: where the store has no room, it waits. */
async function submitPatiently(
  values: unknown[],
  { services, metrics, options, signal }: Submitter,
): Promise<SubmitAnswer[]> {
  for (;;) {
    try {
      return await services.submitAll(values, options);
    } catch (error) {
      if (!(error instanceof Overloaded)) throw error;
      metrics.submission('overloaded');
      await sleep(error.retryAfterMs, undefined, { signal });
    }
  }
}

function itemAnswer(answer: SubmitAnswer, metrics: RequestMetrics): ItemAnswer {
  const settled = settle(answer, metrics);
  if (settled instanceof Problem) return failed(settled);
  const stored = { status: 202 as const, ...presentStored(settled) };
  return answer.kind === 'known' ? { ...stored, replayed: true } : stored;
}
