import type { Decision } from '../../domain/decision.ts';
import type {
  Checkpoint,
  RebuiltStep,
  RiskCommit,
  RiskRebuild,
  RiskStore,
  Snapshot,
} from '../../domain/ports.ts';

const start = (): Checkpoint => ({ partition: 0, position: 0, eventId: null });

/** An honest risk store in memory, of one partition. Decisions are a list: one recorded twice stands there twice. */
export class MemoryRiskStore implements RiskStore, RiskRebuild {
  decisions: Decision[] = [];
  #checkpoint = start();
  #snapshots = new Map<string, Snapshot>();
  #rebuilt: { decisions: Decision[]; snapshots: Map<string, Snapshot> } = {
    decisions: [],
    snapshots: new Map(),
  };

  async checkpoint(): Promise<Checkpoint> {
    return this.#checkpoint;
  }

  async commit(commit: RiskCommit): Promise<boolean> {
    if (commit.from.position !== this.#checkpoint.position) return false;
    this.write(commit);
    return true;
  }

  /** Commits without comparing. */
  write({ to, decisions, snapshots }: RiskCommit): void {
    this.decisions.push(...decisions);
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

  async begin(): Promise<void> {
    this.#rebuilt = { decisions: [], snapshots: new Map() };
  }

  async append({ decisions, snapshots }: RebuiltStep): Promise<void> {
    this.#rebuilt.decisions.push(...decisions);
    keep(this.#rebuilt.snapshots, snapshots);
  }

  async swap(to: Checkpoint, evenIfPast: boolean): Promise<boolean> {
    if (this.#checkpoint.position > to.position && !evenIfPast) return false;
    this.decisions = this.#rebuilt.decisions;
    this.#snapshots = this.#rebuilt.snapshots;
    this.#checkpoint = to;
    return true;
  }
}

function keep(newest: Map<string, Snapshot>, snapshots: readonly Snapshot[]): void {
  for (const snapshot of snapshots) newest.set(snapshot.accountId, snapshot);
}
