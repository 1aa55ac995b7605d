import { randomUUID } from 'node:crypto';
import type { EntitySnapshots } from '../domain/ports.ts';
import type { CapturedEntity, EntityMemory } from '../domain/scoring/entity-memory.ts';
import { decodePage, encodePage } from './entity-page.ts';

/** Entities written down between two batches of facts: about a millisecond. */
const AT_ONCE = 200;
const PAGE_BYTES = 256 * 1024;

/** One snapshot of all entities under way, while they go on: as of the position at which it was begun. */
export class EntitySnapshotRun {
  readonly #snapshots: EntitySnapshots;
  readonly #memory: EntityMemory;
  readonly #of: { planHash: string; position: number; eventId: string };
  readonly #run = randomUUID();
  #waiting: CapturedEntity[] = [];
  #waitingBytes = 0;
  #pages = 0;

  constructor(
    snapshots: EntitySnapshots,
    memory: EntityMemory,
    of: { planHash: string; position: number; eventId: string },
  ) {
    this.#snapshots = snapshots;
    this.#memory = memory;
    this.#of = of;
    memory.startCapture((entity) => {
      this.#waiting.push(entity);
      this.#waitingBytes += entity.bytes.length;
    });
  }

  /** Some of the work. @returns whether it is done */
  async step(): Promise<boolean> {
    const isWhole = this.#memory.captureSome(AT_ONCE);
    if (this.#waitingBytes >= PAGE_BYTES || (isWhole && this.#waiting.length > 0)) await this.#writePage();
    if (!isWhole) return false;
    await this.#snapshots.finish({ ...this.#of, run: this.#run, pages: this.#pages });
    return true;
  }

  async #writePage(): Promise<void> {
    const entities = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#snapshots.writePage(this.#run, this.#pages, encodePage(entities));
    this.#pages += 1;
  }
}

/** The entities of a snapshot, in a memory. @returns undefined where it is no longer whole */
export async function readEntities(
  snapshots: EntitySnapshots,
  { run, pages }: { run: string; pages: number },
  memory: EntityMemory,
): Promise<EntityMemory | undefined> {
  for (let page = 0; page < pages; page++) {
    const bytes = await snapshots.readPage(run, page);
    const entities = bytes && decodePage(bytes);
    if (!entities?.every(({ field, value, bytes }) => memory.restore(field, value, bytes))) return undefined;
  }
  return memory;
}
