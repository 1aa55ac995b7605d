import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { startKafka } from '../../infra/engines/kafka-cluster.ts';
import type { ClientName } from '../../infra/kafka/kafka-settings.ts';
import { CLIENTS, settingsOf } from '../../infra/kafka/testing/settings.ts';
import { factsTopic, TopicAdmin } from '../../infra/kafka/topic-admin.ts';
import { expectAsNaive } from '../../processors/test-support/as-naive.ts';
import { ruleSetOf } from '../../processors/test-support/facts.ts';
import { type Happening, type Written, written } from '../../processors/test-support/history.ts';
import { MemoryEventStore } from '../../processors/test-support/memory-event-store.ts';
import { MemoryMirrorCheckpoints } from '../../processors/test-support/memory-mirror-checkpoints.ts';
import { PartitionedRiskStore } from '../../processors/test-support/partitioned-risk-store.ts';
import { type Random, random } from '../../processors/test-support/random.ts';
import { describeWith, engineOf } from '../support/with-engine.ts';
import { servePorts } from './remote-port.ts';

const PARTITIONS = 6;
const FAULTS = Number(process.env.SHRIKE_FAULT_ROLES ?? 8);
const SEED = Number(process.env.SHRIKE_FAULT_SEED ?? 1);
const LOSS_PERCENT = 2;
const SETTLES_WITHIN_MS = 60_000;
const FIXTURE = join(import.meta.dirname, 'kafka-role.fixture.ts');
const RULE_SETS = [ruleSetOf('a', 'one'), ruleSetOf('b', 'two')];

type Role = 'mirror' | 'processor';

/** A store, a topic and the processes between them, which die and freeze. */
class Deployment {
  readonly store = new MemoryEventStore();
  readonly risk = new PartitionedRiskStore(PARTITIONS);
  readonly #checkpoints = new MemoryMirrorCheckpoints();
  readonly #history: Written[];
  readonly #args: string[];
  readonly #children = new Map<ChildProcess, Role>();
  #leader: ChildProcess | null = null;
  readonly complaints: string[] = [];

  constructor(brokers: string, client: ClientName, topic: string, happenings: Happening[]) {
    this.#args = [brokers, client, topic, String(PARTITIONS)];
    this.#history = written(happenings, RULE_SETS);
  }

  start(role: Role, { leads = false, loss = LOSS_PERCENT, blind = false } = {}): void {
    const child = fork(FIXTURE, [role, ...this.#args, String(loss), String(blind)], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      execArgv: ['--no-warnings'],
    });
    child.stderr!.on('data', (text) => this.complaints.push(String(text)));
    this.#children.set(child, role);
    const { store, risk } = this;
    // An old mirror believes to lead, and knows nothing of what was mirrored since.
    const checkpoints = leads ? new MemoryMirrorCheckpoints() : this.#checkpoints;
    const leadership = { acquire: () => (leads ? Promise.resolve() : this.#lead(child)) };
    servePorts(child, { store, risk, checkpoints, leadership });
  }

  async play(seed: number, faults = FAULTS): Promise<void> {
    const chance = random(seed);
    const between = faults === 0 ? Infinity : Math.ceil(this.#history.length / (faults + 1));
    for (const [i, { stream, fact }] of this.#history.entries()) {
      this.store.appendAny(stream, [fact]);
      if (i % 20 === 0) await delay(10);
      if (i % between === between - 1) await this.#strike(chance);
    }
  }

  async settled(withinMs = SETTLES_WITHIN_MS): Promise<void> {
    for (const begun = Date.now(); (await this.risk.position()) < this.store.facts.length; await delay(20)) {
      if (Date.now() - begun > withinMs) {
        throw new Error(`decided up to ${await this.risk.position()} of ${this.store.facts.length}`);
      }
    }
  }

  expectAsNaive(): void {
    expectAsNaive(this.#history, RULE_SETS, this.risk.decisions, this.store.facts);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((child) => this.#kill(child)));
  }

  /** As an advisory lock: whoever holds it has it until it dies. */
  async #lead(child: ChildProcess): Promise<void> {
    while (this.#leader !== null && this.#leader !== child) await delay(20);
    this.#leader = child;
  }

  async #strike(chance: Random): Promise<void> {
    const children = [...this.#children];
    const [child, role] = children[chance.below(children.length)]!;
    if (chance.chance(50)) {
      await this.#kill(child);
      this.start(role);
    } else {
      child.kill('SIGSTOP');
      // Another leads meanwhile, and one day it wakes.
      if (this.#leader === child) this.#leader = null;
      setTimeout(() => child.kill('SIGCONT'), 500 + chance.below(3_000));
    }
  }

  async #kill(child: ChildProcess): Promise<void> {
    this.#children.delete(child);
    if (this.#leader === child) this.#leader = null;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

function payments(count: number): Happening[] {
  const happenings: Happening[] = [{ kind: 'activate', ruleSet: 0 }];
  for (let i = 0; i < count; i++) {
    if (i === count / 2) happenings.push({ kind: 'activate', ruleSet: 1 });
    happenings.push({ kind: 'pay', account: (i * 7) % 41, times: 1, amountMinor: i % 16, imported: false });
  }
  return happenings;
}

const kafka = await engineOf(() => startKafka());

describeWith('mirrors and processors over Kafka', kafka, (engine) => {
  const deploy = async (client: ClientName, count: number) => {
    const { url } = engine();
    const topic = { ...factsTopic(1, PARTITIONS, 1), name: `roles-${randomUUID()}` };
    await new TopicAdmin(settingsOf(url)).create([topic]);
    return new Deployment(url, client, topic.name, payments(count));
  };

  test.each(CLIENTS)(
    'that are killed and frozen, over a log that loses and repeats, decide as one plain fold does: %s',
    async (client) => {
      const deployment = await deploy(client, FAULTS * 400);
      try {
        for (const role of ['mirror', 'mirror', 'processor', 'processor'] as const) deployment.start(role);
        await deployment.play(SEED);
        deployment.start('mirror', { leads: true, loss: 0 });
        await deployment.settled();
      } finally {
        await deployment.end();
      }
      expect(deployment.complaints).toEqual([]);
      deployment.expectAsNaive();
    },
    FAULTS * 5_000 + SETTLES_WITHIN_MS + 30_000,
  );

  test('that take no notice of what records cover lose what the log has lost', async () => {
    const deployment = await deploy('kafkajs', 400);
    try {
      deployment.start('mirror', { loss: 20 });
      deployment.start('processor', { blind: true });
      await deployment.play(SEED, 0);
      await deployment.settled(8_000).catch(() => undefined);
    } finally {
      await deployment.end();
    }
    expect(deployment.complaints.join()).toContain('BrokenOrder');
    expect(() => deployment.expectAsNaive()).toThrow();
  });
});
