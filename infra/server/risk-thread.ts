import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Decision } from '../../domain/decision.ts';
import type { TransactionSubmitted } from '../../domain/facts.ts';
import type { RiskStatus } from '../../processors/risk-status.ts';
import { DecisionWaits } from './decision-waits.ts';
import { errorOf } from './refusal.ts';
import type { RiskNews, RiskOrder, RiskWorkerData } from './risk-messages.ts';

/** The risk thread as the main thread holds it. */
export class RiskThread {
  readonly #waits: DecisionWaits;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #onCommitted = new Set<() => void>();
  readonly #asked = new Map<number, PromiseWithResolvers<never>>();
  #problem: string | null = null;
  #lastId = 0;

  constructor(data: Omit<RiskWorkerData, 'interest'>, committed: number) {
    this.#waits = new DecisionWaits(committed);
    this.#worker = new Worker(new URL(`./risk-worker${extname(import.meta.url)}`, import.meta.url), {
      name: 'risk',
      workerData: { ...data, interest: this.#waits.interest } satisfies RiskWorkerData,
      transferList: [data.store.port],
    });
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.on('message', (news: RiskNews) => this.#hear(news));
    this.#worker.on('error', (error) => this.#fail(error as Error));
    this.#worker.on('exit', () => this.#fail(new Error(this.#problem ?? 'the risk thread has ended')));
  }

  /** Everything up to here is decided and recorded. */
  get committed(): number {
    return this.#waits.committed;
  }

  /** Why it works no more, if so. */
  get problem(): string | null {
    return this.#problem;
  }

  /** As DecisionWaits.at. */
  decisionAt(position: number, timeoutMs: number): Promise<Decision | undefined> {
    return this.#waits.at(position, timeoutMs);
  }

  /** Calls back after each commit. @returns how to stop it */
  onCommitted(callback: () => void): () => void {
    this.#onCommitted.add(callback);
    return () => this.#onCommitted.delete(callback);
  }

  /** What would be decided; nothing is stored. */
  score(submitted: TransactionSubmitted): Promise<Decision> {
    return this.#ask((id) => ({ kind: 'score', id, submitted }));
  }

  status(head: number): Promise<RiskStatus> {
    return this.#ask((id) => ({ kind: 'status', id, head }));
  }

  /** Lets those who wait for decisions go. */
  endWaits(): void {
    this.#waits.end();
  }

  /** Ends once what was decided is recorded. */
  async close(): Promise<void> {
    this.#worker.postMessage({ kind: 'stop' } satisfies RiskOrder);
    if (this.#problem !== null) await this.#worker.terminate();
    await this.#ended;
  }

  #hear(news: RiskNews): void {
    switch (news.kind) {
      case 'decided':
        for (const decision of news.decisions) this.#waits.decided(decision);
        break;
      case 'committed':
        this.#waits.recorded(news.position);
        for (const callback of this.#onCommitted) callback();
        break;
      case 'scored':
        this.#take(news.id)?.resolve(news.decision as never);
        break;
      case 'status':
        this.#take(news.id)?.resolve(news.status as never);
        break;
      case 'refused':
        this.#take(news.id)?.reject(errorOf(news));
        break;
      case 'stopped':
        this.#problem = news.problem;
        break;
    }
  }

  #fail(error: Error): void {
    this.#problem = error.message;
    for (const id of [...this.#asked.keys()]) this.#take(id)?.reject(error);
  }

  #ask<T>(order: (id: number) => RiskOrder): Promise<T> {
    if (this.#problem !== null) return Promise.reject(new Error(this.#problem));
    const id = ++this.#lastId;
    const asked = Promise.withResolvers<never>();
    this.#asked.set(id, asked);
    this.#worker.postMessage(order(id));
    return asked.promise;
  }

  #take(id: number): PromiseWithResolvers<never> | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    return asked;
  }
}
