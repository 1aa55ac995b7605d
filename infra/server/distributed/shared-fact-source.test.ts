import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { published } from '../../../processors/test-support/facts.ts';
import { MemoryEventStore } from '../../../processors/test-support/memory-event-store.ts';
import { WINDOW_RULES } from '../../../processors/test-support/window-rules.ts';
import { sharedFactSource } from './shared-fact-source.ts';

/** A store whose answers are those of the moment it was asked, given when it is let. */
class SlowStore extends MemoryEventStore {
  asked = 0;
  readonly #gate = Promise.withResolvers<void>();

  override async readOthers(afterPosition: number, limit: number) {
    this.asked++;
    const answer = await super.readOthers(afterPosition, limit);
    await this.#gate.promise;
    return answer;
  }

  answer(): void {
    this.#gate.resolve();
  }
}

const append = (store: SlowStore, version: number) =>
  store.appendAny('ruleset-one', [published(WINDOW_RULES[0]!, version)]);

test('what is asked within one turn is asked once', async () => {
  const store = new SlowStore();
  append(store, 1);
  const source = sharedFactSource(store);
  const answers = [source.readOthers(0, 10), source.readOthers(0, 10), source.readOthers(1, 10)];
  store.answer();
  expect((await Promise.all(answers)).map((facts) => facts.length)).toEqual([1, 1, 0]);
  expect(store.asked).toBe(2);
});

test('a question under way is not joined: what was appended since is in the answer', async () => {
  const store = new SlowStore();
  append(store, 1);
  const source = sharedFactSource(store);
  const before = source.readOthers(0, 10);
  await setImmediate();
  await setImmediate();
  append(store, 2);
  const head = await source.head();
  const after = source.readOthers(0, 10);
  store.answer();
  expect((await before).map(({ position }) => position)).toEqual([1]);
  expect((await after).map(({ position }) => position)).toEqual([1, head]);
});

test('a question that fails is told to all who asked, and may be asked again', async () => {
  let isBroken = true;
  const source = sharedFactSource({
    head: async () => {
      if (isBroken) throw new Error('no answer');
      return 7;
    },
    readAt: async () => undefined,
    readOthers: async () => [],
  });
  const asked = await Promise.allSettled([source.head(), source.head()]);
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isBroken = false;
  expect(await source.head()).toBe(7);
});
