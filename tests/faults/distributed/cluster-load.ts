import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from '../../../domain/transaction.ts';
import type { Random } from '../../../infra/simulator/random.ts';
import type { Ledger } from '../ledger.ts';
import { startLoad } from '../load.ts';
import type { Supervised } from './supervised.ts';

const LOOK_AGAIN_MS = 50;

export interface ClusterLoadOptions {
  apis: readonly Supervised[];
  key: string;
  /** See LoadOptions. */
  listKey?: string;
  ledger: Ledger;
  random: Random;
  restMs: number;
  next(): Transaction;
}

export interface ClusterLoad {
  /** New payments are no longer sent; resolves when none is under way. */
  end(): Promise<void>;
}

/** Clients of every api process, who go on with it whenever it serves again. They share what they know. */
export function startClusterLoad({ apis, next, ...options }: ClusterLoadOptions): ClusterLoad {
  let isOver = false;
  async function clientsOf(api: Supervised): Promise<void> {
    while (!isOver) {
      const { url } = api;
      if (url === undefined) await sleep(LOOK_AGAIN_MS);
      else await startLoad({ ...options, url, next: () => (isOver ? undefined : next()) }).ended;
      await sleep(LOOK_AGAIN_MS);
    }
  }
  const ended = Promise.all(apis.map(clientsOf));
  // Whoever ends it hears of it.
  ended.catch(() => undefined);
  return {
    async end() {
      isOver = true;
      await ended;
    },
  };
}
