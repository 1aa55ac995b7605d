import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PROJECTIONS } from '../../projections/all.ts';
import type { ProjectionState } from '../../projections/projection-loop.ts';
import type { ProjectorNews, ProjectorOrder, ProjectorWorkerData } from './projector-messages.ts';

export interface ProjectorThread {
  /** Resolves once each projection has told how it stands. @throws why the thread has ended before */
  heard: Promise<void>;
  /** How each projection stands, by name. */
  states(): ReadonlyMap<string, ProjectionState>;
  /** Position up to which a projection has seen the store. */
  seen(projection: string): number;
  onMoved(callback: (projection: string) => void): () => void;
  close(): Promise<void>;
}

export function startProjector(data: ProjectorWorkerData): ProjectorThread {
  const worker = new Worker(new URL(`./projector-worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'projector',
    workerData: data,
    transferList: [data.store.port],
  });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const heard = Promise.withResolvers<void>();
  const states = new Map<string, ProjectionState>();
  const callbacks = new Set<(projection: string) => void>();
  const fail = (problem: string) => {
    for (const state of states.values()) Object.assign(state, { state: 'stopped', problem });
  };

  worker.on('message', (news: ProjectorNews) => {
    states.set(news.projection, news);
    if (PROJECTIONS.every(({ name }) => states.has(name))) heard.resolve();
    for (const callback of callbacks) callback(news.projection);
  });
  worker.on('error', (error) => {
    fail(error instanceof Error ? error.message : String(error));
    heard.reject(error);
  });

  return {
    heard: heard.promise,
    states: () => states,
    seen: (projection) => states.get(projection)?.position ?? 0,
    onMoved(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    async close() {
      worker.postMessage('stop' satisfies ProjectorOrder);
      await ended;
    },
  };
}
