import type { FieldValue } from '../transaction.ts';

/**
 * The values of a field in events that have left an account's history, each with the latest time it was met:
 * what remains of an event when only first-seen and lifetime distinct still ask for it.
 *
 * A value is alive while it was met after an edge (scored time - horizon). The edge moves with the scored
 * transaction, mostly forward, back for a late one.
 */
export class ValueArchive {
  private readonly latest = new Map<FieldValue, number>();
  /** Sightings in the order of time; one is the value's latest, or stale and passed over. */
  private times: number[] = [];
  private values: FieldValue[] = [];
  /** Sightings before this one are at or before the edge. */
  private edge = 0;
  private edgeMs = -Infinity;

  /** Archives a sighting; mostly in the order of time, but an event may come later than any is expected to. */
  add(value: FieldValue, timeMs: number): void {
    const latest = this.latest.get(value);
    if (latest !== undefined && latest >= timeMs) return;
    this.latest.set(value, timeMs);
    let place = this.times.length;
    while (place > 0 && this.times[place - 1]! > timeMs) place -= 1;
    if (place === this.times.length) {
      this.times.push(timeMs);
      this.values.push(value);
    } else {
      this.times.splice(place, 0, timeMs);
      this.values.splice(place, 0, value);
    }
    if (timeMs <= this.edgeMs) this.edge += 1;
  }

  isAlive(value: FieldValue): boolean {
    const latest = this.latest.get(value);
    return latest !== undefined && latest > this.edgeMs;
  }

  /** Whether a value dies or lives again when the edge moves there; if none does, it has moved. */
  changesAt(edgeMs: number): boolean {
    const dies = this.edge < this.times.length && this.times[this.edge]! <= edgeMs;
    if (dies || (this.edge > 0 && this.times[this.edge - 1]! > edgeMs)) return true;
    this.edgeMs = edgeMs;
    return false;
  }

  /** Moves the edge; tells of every value that thereby dies (-1) or lives again (+1). */
  moveEdge(edgeMs: number, changed: (value: FieldValue, by: 1 | -1) => void): void {
    this.edgeMs = edgeMs;
    while (this.edge < this.times.length && this.times[this.edge]! <= edgeMs) {
      if (this.isLatest(this.edge)) changed(this.values[this.edge]!, -1);
      this.edge += 1;
    }
    while (this.edge > 0 && this.times[this.edge - 1]! > edgeMs) {
      this.edge -= 1;
      if (this.isLatest(this.edge)) changed(this.values[this.edge]!, 1);
    }
  }

  /**
   * Forgets sightings at or before `untilMs`, which the edge has passed, once they are a quarter of all.
   * @returns the time of the newest one forgotten, -Infinity if none was
   */
  forget(untilMs: number): number {
    const quarter = this.times.length >>> 2;
    if (this.edge <= quarter || this.times[quarter]! > untilMs) return -Infinity;
    let passed = quarter;
    while (passed < this.edge && this.times[passed]! <= untilMs) passed += 1;
    const newestMs = this.times[passed - 1]!;
    for (let i = 0; i < passed; i++) if (this.isLatest(i)) this.latest.delete(this.values[i]!);
    this.times = this.times.slice(passed);
    this.values = this.values.slice(passed);
    this.edge -= passed;
    return newestMs;
  }

  entries(): [FieldValue, number][] {
    const entries: [FieldValue, number][] = [];
    for (let i = 0; i < this.times.length; i++) {
      if (this.isLatest(i)) entries.push([this.values[i]!, this.times[i]!]);
    }
    return entries;
  }

  private isLatest(sighting: number): boolean {
    return this.latest.get(this.values[sighting]!) === this.times[sighting];
  }
}
