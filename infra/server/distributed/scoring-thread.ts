import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Decision } from '../../../domain/decision.ts';
import type { TransactionSubmitted } from '../../../domain/facts.ts';
import { Overloaded } from '../../../domain/ports.ts';
import { errorOf } from '../refusal.ts';
import type { ScoringNews, ScoringOrder, ScoringWorkerData } from './scoring-messages.ts';

/** Requests that may wait to be scored. */
const MOST_WAITING = 1_000;
const RETRY_AFTER_MS = 1_000;

export interface ScoringThread {
  /** @throws Overloaded */
  score(submitted: TransactionSubmitted): Promise<Decision>;
  close(): Promise<void>;
}

/** @throws why it could not start */
export async function startScoring(data: ScoringWorkerData): Promise<ScoringThread> {
  const worker = new Worker(new URL(`./scoring-worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'scoring',
    workerData: data,
  });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const started = Promise.withResolvers<void>();
  const asked = new Map<number, PromiseWithResolvers<Decision>>();
  let lastId = 0;
  let problem: Error | null = null;

  const fail = (error: Error): void => {
    problem ??= error;
    started.reject(error);
    for (const { reject } of asked.values()) reject(error);
    asked.clear();
  };
  worker.on('error', (error) => fail(error as Error));
  worker.on('exit', () => fail(new Error('the scoring thread has ended')));
  worker.on('message', (news: ScoringNews) => {
    if (news.kind === 'started') return started.resolve();
    const waiting = asked.get(news.id);
    asked.delete(news.id);
    if (news.kind === 'scored') waiting?.resolve(news.decision);
    else waiting?.reject(errorOf(news));
  });
  await started.promise;

  return {
    score(submitted) {
      if (problem !== null) return Promise.reject(problem);
      if (asked.size >= MOST_WAITING) return Promise.reject(new Overloaded(RETRY_AFTER_MS));
      const id = ++lastId;
      const waiting = Promise.withResolvers<Decision>();
      asked.set(id, waiting);
      worker.postMessage({ kind: 'score', id, submitted } satisfies ScoringOrder);
      return waiting.promise;
    },
    async close() {
      worker.postMessage({ kind: 'stop' } satisfies ScoringOrder);
      await ended;
    },
  };
}
