import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Decision } from '../../domain/decision.ts';
import type { TransactionSubmitted } from '../../domain/facts.ts';
import type { RiskStatus } from '../../processors/risk-status.ts';
import type { RiskNews, RiskOrder, RiskWorkerData } from './risk-messages.ts';

export interface RiskThread {
  /** Everything up to here is decided and recorded. */
  committed(): number;
  /**
   * The decision on the transaction at a position as soon as it is made, at most `timeoutMs` from now. Undefined
   * when the time is up, or when the decision was recorded before anyone asked: then it can be read.
   */
  decisionAt(position: number, timeoutMs: number): Promise<Decision | undefined>;
  onCommitted(callback: (position: number) => void): () => void;
  score(submitted: TransactionSubmitted): Promise<Decision>;
  status(head: number): Promise<RiskStatus>;
  /** Why it works no more, if so. */
  problem(): string | null;
  /** Ends once what was decided is recorded. */
  close(): Promise<void>;
}

/** How long decisions are told one by one after someone has waited for one. */
const INTEREST_SECONDS = 10;
/** Decisions remembered for those who begin to wait just after they were made. */
const MOST_RECENT = 8_192;

type Watcher = (decision: Decision | undefined) => void;

export function startRisk(data: Omit<RiskWorkerData, 'interest'>, committedAtStart: number): RiskThread {
  const interest = new SharedArrayBuffer(4);
  const interestUntil = new Int32Array(interest);
  const worker = new Worker(new URL(`./risk-worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'risk',
    workerData: { ...data, interest } satisfies RiskWorkerData,
    transferList: [data.store.port],
  });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const watchers = new Map<number, Set<Watcher>>();
  const recent = new Map<number, Decision>();
  const onCommits = new Set<(position: number) => void>();
  const asked = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let committed = committedAtStart;
  let problem: string | null = null;
  let lastId = 0;

  const give = (position: number, decision: Decision | undefined): void => {
    for (const watcher of watchers.get(position) ?? []) watcher(decision);
  };

  const remember = (decision: Decision): void => {
    recent.set(decision.position, decision);
    if (recent.size > MOST_RECENT) recent.delete(recent.keys().next().value!);
  };

  const hear = (news: RiskNews): void => {
    switch (news.kind) {
      case 'decided':
        for (const decision of news.decisions) {
          remember(decision);
          give(decision.position, decision);
        }
        break;
      case 'committed':
        committed = Math.max(committed, news.position);
        for (const position of watchers.keys()) if (position <= committed) give(position, undefined);
        for (const callback of onCommits) callback(committed);
        break;
      case 'scored':
      case 'status':
        answer(news.id, 'resolve', news.kind === 'scored' ? news.decision : news.status);
        break;
      case 'refused':
        answer(news.id, 'reject', new Error(news.problem));
        break;
      case 'stopped':
        problem = news.problem;
        break;
    }
  };

  const answer = (id: number, how: 'resolve' | 'reject', value: unknown): void => {
    asked.get(id)?.[how](value as never);
    asked.delete(id);
  };

  const fail = (error: Error): void => {
    problem = error.message;
    for (const id of asked.keys()) answer(id, 'reject', error);
  };

  worker.on('message', hear);
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error(problem ?? 'the risk thread has ended')));

  function ask<T>(order: (id: number) => RiskOrder): Promise<T> {
    if (problem !== null) return Promise.reject(new Error(problem));
    const id = ++lastId;
    return new Promise<T>((resolve, reject) => {
      asked.set(id, { resolve, reject });
      worker.postMessage(order(id));
    });
  }

  return {
    committed: () => committed,
    decisionAt(position, timeoutMs) {
      Atomics.store(interestUntil, 0, Math.ceil(Date.now() / 1_000) + INTEREST_SECONDS);
      const known = recent.get(position);
      if (known !== undefined || position <= committed) return Promise.resolve(known);
      return new Promise((resolve) => {
        const ofPosition = watchers.get(position) ?? new Set();
        const watcher: Watcher = (decision) => {
          clearTimeout(timer);
          ofPosition.delete(watcher);
          if (ofPosition.size === 0) watchers.delete(position);
          resolve(decision);
        };
        const timer = setTimeout(watcher, timeoutMs, undefined);
        watchers.set(position, ofPosition.add(watcher));
      });
    },
    onCommitted(callback) {
      onCommits.add(callback);
      return () => onCommits.delete(callback);
    },
    score: (submitted) => ask((id) => ({ kind: 'score', id, submitted })),
    status: (head) => ask((id) => ({ kind: 'status', id, head })),
    problem: () => problem,
    async close() {
      worker.postMessage({ kind: 'stop' } satisfies RiskOrder);
      if (problem !== null) await worker.terminate();
      await ended;
    },
  };
}
