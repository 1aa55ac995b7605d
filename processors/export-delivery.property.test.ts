import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { EXPORT_TOPICS, type ExportRecord, RecordsRefused } from '../domain/export-record.ts';
import type { Checkpoint, DeadLetters, ExportLog } from '../domain/ports.ts';
import { ExportDelivery } from './export-delivery.ts';
import { redrive } from './redrive.ts';
import { MemoryDeadLetters } from './test-support/memory-dead-letters.ts';
import { Fate, mortal } from './test-support/mortal.ts';
import { type Random, random } from './test-support/random.ts';

const SEEDS = Number(process.env.SHRIKE_EXPORT_SEEDS ?? 150);
const RECORDS = 80;
const ACCOUNTS = 5;

/**
 * One partition whose owners die, freeze and work beside each other; a log that refuses some records, fails before and
 * after it has appended, and appends late; redrives that are killed.
 */
class World {
  readonly appended: ExportRecord[] = [];
  readonly history: ExportRecord[][];
  checkpoint: Checkpoint = { partition: 0, position: 0, eventId: null };
  #nowMs = 0;
  readonly #refused: Set<string>;
  readonly #random: Random;
  readonly #late: ExportRecord[][] = [];
  readonly letters: DeadLetters = new MemoryDeadLetters((from) => from.position === this.checkpoint.position);
  readonly log: ExportLog = {
    append: async (_topic, _partition, records) => {
      if (records.some(({ id }) => this.#refused.has(id))) throw new RecordsRefused('too large');
      if (this.#random.chance(this.latePercent)) {
        this.#late.push([...records]);
        throw new Error('no answer, but it will be done');
      }
      this.appended.push(...records);
    },
  };
  latePercent = 5;

  constructor(seed: number) {
    this.#random = random(seed);
    const revisions = new Map<string, number>();
    this.history = Array.from({ length: RECORDS }, (_, i) => {
      const accountId = `a${this.#random.below(ACCOUNTS)}`;
      const revision = (revisions.get(accountId) ?? -1) + 1;
      revisions.set(accountId, revision);
      return EXPORT_TOPICS.slice(0, 1 + (i % 2)).map((topic) => {
        const id = `${topic} ${accountId} ${revision}`;
        return { topic, id, accountId, revision, value: id, traceparent: null };
      });
    });
    const ids = this.history.flat().map(({ id }) => id);
    this.#refused = new Set(ids.filter(() => this.#random.chance(5)));
  }

  /** Until everything is decided, or its process dies. */
  async own(fate: Fate, letters = this.letters): Promise<void> {
    const delivery = new ExportDelivery({
      log: mortal(this.log, fate),
      letters: mortal(letters, fate),
      giveUpAfterMs: 1_000,
      restMs: 500,
      now: () => ++this.#nowMs * 50,
      sleep: () => fate.pause(),
    });
    while (this.checkpoint.position < RECORDS) {
      const from = this.checkpoint;
      await fate.pause();
      const step = this.history.slice(from.position, from.position + 1 + this.#random.below(8));
      for (let isDone = false; !isDone && from === this.checkpoint; ) {
        isDone = await delivery.deliver(from, step.flat()).catch(() => false);
        await fate.pause();
        if (isDone && from === this.checkpoint) {
          this.checkpoint = { ...from, position: from.position + step.length };
        }
      }
    }
  }

  redrive(fate: Fate): Promise<unknown> {
    return redrive({
      log: mortal(this.log, fate),
      letters: mortal(this.letters, fate),
      filter: {},
    }).catch(() => undefined);
  }

  arriveLate(): void {
    if (this.#late.length > 0) this.appended.push(...this.#late.shift()!);
  }

  async heal(): Promise<void> {
    this.#refused.clear();
    this.latePercent = 0;
    const fate = new Fate(this.#random);
    await this.own(fate);
    await this.redrive(fate);
    while (this.#late.length > 0) this.arriveLate();
  }

  async play(letters = this.letters): Promise<void> {
    const chance = this.#random;
    const begin = (failurePercent: number) => {
      const fate = new Fate(chance);
      fate.failurePercent = failurePercent;
      return fate;
    };
    const owners = [begin(5), begin(0)];
    for (const fate of owners) void this.own(fate, letters);
    let redriving = begin(5);
    let underWay: Promise<unknown> | null = null;
    for (let turn = 0; turn < 120; turn++) {
      await setImmediate();
      const which = chance.below(owners.length);
      if (chance.chance(8)) {
        owners[which]!.die();
        owners[which] = begin(chance.below(10));
        void this.own(owners[which]!, letters);
      } else if (chance.chance(10)) owners[which]!.freeze();
      else if (chance.chance(30)) owners[which]!.thaw();
      if (chance.chance(20)) this.arriveLate();
      if (chance.chance(15)) {
        // One at a time: the next begins when the last is done, or killed.
        redriving.die();
        underWay = null;
      }
      if (underWay === null && chance.chance(20)) {
        redriving = begin(3);
        underWay = this.redrive(redriving);
      }
    }
    for (const fate of [...owners, redriving]) fate.die();
  }

  problems(): string[] {
    const problems: string[] = [];
    const next = new Map<string, number>();
    for (const { topic, accountId, revision } of this.appended) {
      const account = `${topic} ${accountId}`;
      const last = next.get(account) ?? -1;
      const earlier = this.history.flat().find((record) => {
        return `${record.topic} ${record.accountId}` === account && record.revision > last;
      });
      if (earlier !== undefined && revision > earlier.revision) {
        problems.push(`${account}: ${revision} before ${earlier.revision}`);
      }
      next.set(account, Math.max(last, revision));
    }
    const there = new Set(this.appended.map(({ id }) => id));
    for (const { id } of this.history.flat()) if (!there.has(id)) problems.push(`${id} is missing`);
    return problems;
  }
}

test('whatever happens, everything is told, and of each account first in its order', async () => {
  let repeats = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const world = new World(seed);
    await world.play();
    await world.heal();
    expect({ seed, problems: world.problems() }).toEqual({ seed, problems: [] });
    repeats += world.appended.length - world.history.flat().length;
  }
  // What goes wrong costs repeats, and does go wrong.
  expect(repeats).toBeGreaterThan(SEEDS);
}, 60_000);

test('where nobody looks whether letters wait, later records overtake them', async () => {
  let wrong = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const world = new World(seed);
    const { letters } = world;
    const unseen: DeadLetters = {
      keep: (...args) => letters.keep(...args),
      read: (...args) => letters.read(...args),
      remove: (keys) => letters.remove(keys),
      blame: (key, problem) => letters.blame(key, problem),
      accountsOf: async () => new Set(),
    };
    await world.play(unseen);
    await world.heal();
    wrong += world.problems().length;
  }
  expect(wrong).toBeGreaterThan(0);
});
