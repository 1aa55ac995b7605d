import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BacktestJob } from '../../api/backtesting.ts';
import type { HistoryAddress } from './history-store.ts';
import type { JobNews, JobOrder } from './job-messages.ts';

const MOST_WAITING = 4;
/** Results are kept in memory. */
const MOST_ENDED = 16;

interface Job extends BacktestJob {
  order: Omit<JobOrder, 'address'>;
}

/**
 * Backtests of one server, one at a time in a process of its own, the others waiting for it. They live as long as the
 * server: what they come to is nobody's truth, and can be had again.
 */
export class BacktestJobs {
  readonly #address: HistoryAddress;
  /** In the order in which they came. */
  readonly #jobs = new Map<string, Job>();
  #running: { job: Job; child: ChildProcess } | null = null;
  #closed = false;

  constructor(address: HistoryAddress) {
    this.#address = address;
  }

  /** @returns undefined where too many wait */
  add(order: Omit<JobOrder, 'address'>, by: string): BacktestJob | undefined {
    const waiting = [...this.#jobs.values()].filter(({ state }) => state === 'queued');
    if (this.#closed || waiting.length >= MOST_WAITING) return undefined;
    const job: Job = {
      id: randomUUID(),
      state: 'queued',
      by,
      createdAtMs: Date.now(),
      startedAtMs: null,
      endedAtMs: null,
      progress: { position: 0, total: 0, decisions: 0 },
      problem: null,
      report: null,
      order,
    };
    this.#jobs.set(job.id, job);
    this.#next();
    return job;
  }

  get(id: string): BacktestJob | undefined {
    return this.#jobs.get(id);
  }

  /** Newest first. */
  all(): BacktestJob[] {
    return [...this.#jobs.values()].reverse();
  }

  /** Ends one that waits or runs; of one that has ended, forgets what it came to. */
  async remove(id: string): Promise<BacktestJob | undefined> {
    const job = this.#jobs.get(id);
    if (job === undefined) return undefined;
    if (job.state === 'queued' || job.state === 'running') await this.#cancel(job, 'it was cancelled');
    else this.#jobs.delete(id);
    return job;
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#jobs.values()) {
      if (job.state === 'queued' || job.state === 'running')
        await this.#cancel(job, 'the server was stopped');
    }
  }

  async #cancel(job: Job, why: string): Promise<void> {
    const running = this.#running;
    this.#end(job, { state: 'cancelled', problem: why });
    if (running?.job !== job) return;
    const { child } = running;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  #next(): void {
    if (this.#running !== null || this.#closed) return;
    const job = [...this.#jobs.values()].find(({ state }) => state === 'queued');
    if (job === undefined) return;
    const path = fileURLToPath(new URL(`./job-process${extname(import.meta.url)}`, import.meta.url));
    const child = fork(path, { serialization: 'advanced', stdio: 'ignore' });
    this.#running = { job, child };
    Object.assign(job, { state: 'running', startedAtMs: Date.now() } satisfies Partial<Job>);
    child.on('message', (news: JobNews) => this.#hear(job, news));
    child.once('error', (error) => this.#end(job, { state: 'failed', problem: error.message }));
    child.once('exit', () => {
      this.#end(job, { state: 'failed', problem: 'its process ended before its time' });
      this.#running = null;
      this.#next();
    });
    child.send({ address: this.#address, ...job.order } satisfies JobOrder);
  }

  #hear(job: Job, news: JobNews): void {
    if (job.state !== 'running') return;
    if (news.kind === 'progress') job.progress = news.progress;
    else if (news.kind === 'failed') this.#end(job, { state: 'failed', problem: news.problem });
    else {
      const { total } = job.progress;
      job.progress = { ...job.progress, position: total };
      this.#end(job, { state: 'done', report: news.report });
    }
  }

  /** Once: what it came to first counts. */
  #end(job: Job, how: Pick<Job, 'state'> & Partial<Job>): void {
    if (job.state !== 'running' && job.state !== 'queued') return;
    Object.assign(job, how, { endedAtMs: Date.now() } satisfies Partial<Job>);
    const ended = [...this.#jobs.values()].filter(({ endedAtMs }) => endedAtMs !== null);
    for (const { id } of ended.slice(0, -MOST_ENDED)) this.#jobs.delete(id);
  }
}
