import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { RiskRebuild } from '../domain/ports.ts';
import { CheckpointMismatch } from './checkpoint-match.ts';
import { replay } from './replay.ts';
import { MemoryRiskStore } from './test-support/memory-risk-store.ts';
import { compileWindows as compile, WINDOW_RULES } from './test-support/window-rules.ts';
import { World } from './test-support/world.ts';
import { verify } from './verify.ts';

let world: World;
beforeEach(() => {
  world = new World();
  world.activate(WINDOW_RULES[0]!);
  for (let i = 0; i < 6; i++) for (const account of ['a', 'b']) world.pay(account);
});

const replayed = (rebuild: RiskRebuild = world.risk.rebuild()) =>
  replay({ store: world.store, risk: world.risk, rebuild, compile, sleep: () => setImmediate() });

describe('replay', () => {
  test('puts the same decisions in the place of damaged ones, and emits nothing', async () => {
    await world.settle();
    const recorded = world.risk.decisions;
    const facts = world.store.facts.length;
    world.risk.decisions = recorded.map((decision) => ({ ...decision, score: 1 }));
    expect(await replayed()).toEqual({ decisions: 12, position: facts });
    expect(world.risk.decisions).toEqual(recorded);
    expect(world.store.facts).toHaveLength(facts);
  });

  test('leaves to the live processor what it has not raised yet', async () => {
    await world.settle();
    for (let i = 0; i < 3; i++) world.pay('a');
    const alerts = world.alerts().length;
    const { position } = await replayed();
    expect(position).toBe(world.store.facts.length - 3);
    await world.settle();
    expect(world.alerts()).toHaveLength(alerts + 3);
    expect(world.risk.decisions).toHaveLength(15);
  });

  test('goes on until it has caught up with a live processor', async () => {
    const processor = world.processor();
    const running = processor.run();
    const rebuild = world.risk.rebuild();
    let refused = 0;
    const result = await replayed({
      ...rebuild,
      append: async (step) => {
        await rebuild.append(step);
        if (refused === 0) {
          for (let i = 0; i < 40; i++) world.pay('c');
          while (processor.status(world.store.facts.length).lag > 0) await setImmediate();
        }
      },
      swap: async (...args) => {
        const swapped = await rebuild.swap(...args);
        if (!swapped) refused++;
        return swapped;
      },
    });
    expect(refused).toBeGreaterThan(0);
    expect(result.decisions).toBe(52);
    world.pay('a');
    while (processor.status(world.store.facts.length).lag > 0) await setImmediate();
    processor.stop();
    await running;
    expect(world.risk.decisions).toHaveLength(53);
    expect(await verify({ store: world.store, risk: world.risk, compile })).toMatchObject({
      decisions: 53,
      differ: 0,
    });
  });

  test('mends what a store restored from an older backup left behind, the alerts it lost included', async () => {
    await world.settle();
    const lost = world.alerts().length;
    world.store = world.store.restoredAt(world.store.facts.length - lost + 2);
    expect(world.alerts()).toHaveLength(2);
    await expect(world.processor().run()).rejects.toThrow(CheckpointMismatch);
    await replayed();
    await world.settle();
    expect(world.alerts()).toHaveLength(lost);
    expect(world.risk.decisions).toHaveLength(12);
    expect(await verify({ store: world.store, risk: world.risk, compile })).toMatchObject({ differ: 0 });
  });

  test('of an empty store leaves nothing', async () => {
    const empty = new World();
    await world.settle();
    const risk = new MemoryRiskStore();
    const result = await replay({ store: empty.store, risk, rebuild: risk.rebuild(), compile });
    expect(result).toEqual({ decisions: 0, position: 0 });
  });
});
