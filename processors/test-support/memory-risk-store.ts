import type { Decision } from '../../domain/decision.ts';
import type {
  Checkpoint,
  PassedTransaction,
  RiskCommit,
  RiskRebuild,
  RiskStore,
  Snapshot,
} from '../../domain/ports.ts';

const start = (): Checkpoint => ({ partition: 0, position: 0, eventId: null });

/** An honest risk store in memory, of one partition. Decisions are a list: one recorded twice stands there twice. */
export class MemoryRiskStore implements RiskStore {
  decisions: Decision[] = [];
  passed: PassedTransaction[] = [];
  #checkpoint = start();
  #snapshots = new Map<string, Snapshot>();

  async checkpoint(): Promise<Checkpoint> {
    return this.#checkpoint;
  }

  async commit(commit: RiskCommit): Promise<boolean> {
    if (commit.from.position !== this.#checkpoint.position) return false;
    this.write(commit);
    return true;
  }

  /** Commits without comparing. */
  write({ to, decisions, snapshots, passed = [] }: RiskCommit): void {
    this.decisions.push(...decisions);
    this.passed.push(...passed);
    keep(this.#snapshots, snapshots);
    this.#checkpoint = to;
  }

  async snapshots(accountIds: readonly string[], planHash: string): Promise<Snapshot[]> {
    return accountIds.flatMap((id) => {
      const snapshot = this.#snapshots.get(id);
      return snapshot?.planHash === planHash ? [snapshot] : [];
    });
  }

  allSnapshots(): Snapshot[] {
    return [...this.#snapshots.values()];
  }

  /** As after a restore of an older backup of this store. */
  backup(): () => void {
    const [decisions, checkpoint, snapshots] = [
      [...this.decisions],
      this.#checkpoint,
      new Map(this.#snapshots),
    ];
    return () => {
      this.decisions = [...decisions];
      this.#checkpoint = checkpoint;
      this.#snapshots = new Map(snapshots);
    };
  }

  async readDecisions(_partition: number, afterPosition: number, limit: number): Promise<Decision[]> {
    const sorted = this.decisions.toSorted((a, b) => a.position - b.position);
    return sorted.filter(({ position }) => position > afterPosition).slice(0, limit);
  }

  rebuild(): RiskRebuild {
    let decisions: Decision[] = [];
    let snapshots = new Map<string, Snapshot>();
    return {
      begin: async () => {
        decisions = [];
        snapshots = new Map();
      },
      append: async (step) => {
        decisions.push(...step.decisions);
        keep(snapshots, step.snapshots);
      },
      swap: async (to, evenIfPast) => {
        if (this.#checkpoint.position > to.position && !evenIfPast) return false;
        [this.decisions, this.#snapshots, this.#checkpoint] = [decisions, snapshots, to];
        return true;
      },
    };
  }
}

function keep(newest: Map<string, Snapshot>, snapshots: readonly Snapshot[]): void {
  for (const snapshot of snapshots) newest.set(snapshot.accountId, snapshot);
}
