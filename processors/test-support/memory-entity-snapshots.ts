import type { EntitySnapshot, EntitySnapshots } from '../../domain/ports.ts';

/** Keeps them all. */
export class MemoryEntitySnapshots implements EntitySnapshots {
  readonly snapshots: EntitySnapshot[] = [];
  readonly pages = new Map<string, Uint8Array>();

  async newest(planHash: string, upTo: number): Promise<EntitySnapshot | undefined> {
    return this.snapshots
      .filter((snapshot) => snapshot.planHash === planHash && snapshot.position <= upTo)
      .toSorted((a, b) => a.position - b.position)
      .at(-1);
  }

  async readPage(run: string, page: number): Promise<Uint8Array | undefined> {
    return this.pages.get(`${run} ${page}`);
  }

  async writePage(run: string, page: number, bytes: Uint8Array): Promise<void> {
    this.pages.set(`${run} ${page}`, bytes);
  }

  async finish(snapshot: EntitySnapshot): Promise<void> {
    this.snapshots.push(snapshot);
  }
}
