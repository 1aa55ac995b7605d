import type { Operating, StageStatus } from '../../../api/services.ts';
import type { EventStore } from '../../../domain/ports.ts';
import { SealChain } from '../../../processors/seal-chain.ts';
import type { RuleSetQueries } from '../../read-model/queries/rule-sets.ts';
import type { Stages } from '../behind.ts';
import { serverMetrics } from '../metrics.ts';

export interface OperatingOptions {
  version: string;
  store: Pick<EventStore, 'head' | 'readStream'>;
  stages: Stages;
  ruleSets: Pick<RuleSetQueries, 'active'>;
  /** Transactions accepted since the start whose amount could not be converted. */
  withoutRate(): number;
}

export function operating({ version, store, stages, ruleSets, withoutRate }: OperatingOptions): Operating {
  async function all(): Promise<StageStatus[]> {
    const head = await store.head();
    return [storeStage(head), ...(await stages.stages(head))];
  }

  const seals = new SealChain(store);

  async function inForce() {
    const { value } = await ruleSets.active();
    return value === undefined ? null : { name: value.name, version: value.version };
  }

  return {
    metrics: serverMetrics({
      withoutRate,
      stages: all,
      risk: async () => stages.risk(await store.head()),
      deadLetters: () => stages.deadLetters(),
    }),
    async status() {
      await seals.readOn();
      const head = await store.head();
      return { version, head, sealed: seals.position, ruleSet: await inForce(), stages: await all() };
    },
    async notReady() {
      try {
        await store.head();
      } catch (error) {
        return [`the store does not answer: ${(error as Error).message}`];
      }
      return stages.notReady();
    },
  };
}

const storeStage = (head: number): StageStatus => ({
  name: 'store',
  position: head,
  lag: 0,
  state: 'running',
  problem: null,
});
