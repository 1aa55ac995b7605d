import type { Decision } from '../../domain/decision.ts';
import type { Checkpoint, RiskCommit, RiskStore, Snapshot } from '../../domain/ports.ts';
import { MemoryRiskStore } from './memory-risk-store.ts';

/** An honest risk store in memory, of many partitions. */
export class PartitionedRiskStore implements RiskStore {
  readonly #partitions: MemoryRiskStore[];
  /** Commits that were refused, for another owner had moved the checkpoint. */
  refused = 0;

  constructor(partitions: number) {
    this.#partitions = Array.from({ length: partitions }, () => new MemoryRiskStore());
  }

  /** Of every partition. */
  get decisions(): Decision[] {
    return this.#partitions.flatMap(({ decisions }) => decisions);
  }

  async checkpoint(partition: number): Promise<Checkpoint> {
    return { ...(await this.#partitions[partition]!.checkpoint()), partition };
  }

  async commit(commit: RiskCommit): Promise<boolean> {
    const committed = await this.#partitions[commit.to.partition]!.commit(commit);
    if (!committed) this.refused++;
    return committed;
  }

  /** Of each account the newest, whichever partition has it. */
  async snapshots(accountIds: readonly string[], planHash: string): Promise<Snapshot[]> {
    return (await Promise.all(this.#partitions.map((each) => each.snapshots(accountIds, planHash)))).flat();
  }

  readDecisions(partition: number, afterPosition: number, limit: number): Promise<Decision[]> {
    return this.#partitions[partition]!.readDecisions(partition, afterPosition, limit);
  }

  /** The lowest checkpoint. */
  async position(): Promise<number> {
    const checkpoints = await Promise.all(this.#partitions.map((each) => each.checkpoint()));
    return Math.min(...checkpoints.map(({ position }) => position));
  }
}
