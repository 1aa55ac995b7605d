import { setTimeout as sleep } from 'node:timers/promises';
import { Overloaded } from '../../domain/ports.ts';
import { MalformedJson } from '../json.ts';
import { presentStored } from '../presentation.ts';
import { Problem } from '../problem.ts';
import type { RequestMetrics } from '../request-metrics.ts';
import type { Services, SubmitAnswer, SubmitOptions } from '../services.ts';
import { settle } from '../submission-answer.ts';

/** What one item of a batch holds: a value to submit, or why there is none. */
export type Item = { value: unknown } | { problem: Problem };

/** What became of an item. */
export type ItemAnswer =
  | {
      status: 202;
      transactionId: string;
      accountId: string;
      revision: number;
      position: string;
      replayed?: true;
    }
  | { status: number; problem: Record<string, unknown> };

/** Reads an item; one that is malformed is answered for itself. */
export function readItem(read: () => unknown): Item {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    return { problem: new Problem('malformed-json', `The item ${error.message}.`) };
  }
}

export interface Submitter {
  services: Services;
  metrics: RequestMetrics;
  options: SubmitOptions;
  /** Gives up waiting for room in the store. */
  signal: AbortSignal;
}

/** Submits the items in their order, and answers each for itself. */
export async function submitItems(items: readonly Item[], submitter: Submitter): Promise<ItemAnswer[]> {
  const values = items.flatMap((item) => ('value' in item ? [item.value] : []));
  const answers = values.length === 0 ? [] : await submitPatiently(values, submitter);
  let next = 0;
  return items.map((item) =>
    'value' in item ? itemAnswer(answers[next++]!, submitter.metrics) : failed(item.problem),
  );
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

export function failed(problem: Problem): ItemAnswer {
  return { status: problem.status, problem: problem.body() };
}
