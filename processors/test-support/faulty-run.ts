import type { Decision } from '../../domain/decision.ts';
import type { EventStore, Log, RiskStore } from '../../domain/ports.ts';
import { replay } from '../replay.ts';
import { RiskProcessor } from '../risk-processor.ts';
import type { RiskStatus } from '../risk-status.ts';
import type { Compile } from '../scoring-plans.ts';
import { FaultyLog } from './faulty-log.ts';
import type { Written } from './history.ts';
import { MemoryEventStore } from './memory-event-store.ts';
import { MemoryRiskStore } from './memory-risk-store.ts';
import { Fate, mortal } from './mortal.ts';
import { type Random, random } from './random.ts';

export interface Ports {
  store: EventStore;
  risk: RiskStore;
  log: Log;
  compile: Compile;
}

/** How a guarantee is taken away from a process, to see that its absence shows. */
export type Sabotage = (
  ports: Ports,
  beneath: { store: MemoryEventStore; risk: MemoryRiskStore; fate: Fate },
) => Partial<Ports>;

export interface Faults {
  seed: number;
  /** Of records lost, repeated, reordered, read from elsewhere. */
  logPercent: number;
  /** Of calls to stores that do not answer. */
  storePercent: number;
  /** Of moments at which a process dies, freezes, thaws or is joined by another, or an old backup comes back. */
  fatePercent: number;
  budgetEvents: number;
}

export interface Outcome {
  store: MemoryEventStore;
  risk: MemoryRiskStore;
  /** Everything that was given out before it was recorded. */
  emitted: Decision[];
  /** Rebuilds that were swapped in. */
  replays: number;
  /** Of every processor there was. */
  statuses(): RiskStatus[];
}

interface Process {
  fate: Fate;
  processor: RiskProcessor;
  ended: Promise<void>;
}

const MOMENTS_LIMIT = 60_000;

/** Plays a history through processors that suffer, then lets one honest processor finish. */
export class FaultyRun implements Outcome {
  readonly store = new MemoryEventStore();
  readonly risk = new MemoryRiskStore();
  readonly emitted: Decision[] = [];
  replays = 0;
  readonly #faults: Faults;
  readonly #compile: Compile;
  readonly #sabotage: Sabotage;
  readonly #random: Random;
  readonly #log: FaultyLog;
  #processes: Process[] = [];
  readonly #everStarted: RiskProcessor[] = [];
  #failure: unknown;
  #restore: (() => void) | null = null;

  constructor(faults: Faults, compile: Compile, sabotage: Sabotage = () => ({})) {
    this.#faults = faults;
    this.#compile = compile;
    this.#sabotage = sabotage;
    this.#random = random(faults.seed);
    this.#log = new FaultyLog(this.store, this.#random, faults.logPercent);
  }

  /** @throws what a processor stopped with, or that it did not come to the end in reasonable time */
  async play(history: readonly Written[]): Promise<Outcome> {
    try {
      this.#start();
      for (const { stream, fact } of history) {
        this.store.appendAny(stream, [fact]);
        for (let moments = this.#random.below(12); moments > 0; moments--) await this.#moment();
      }
      this.#killAll();
      this.#log.faultPercent = 0;
      await this.#finish(this.#start(0));
    } finally {
      this.#killAll();
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this;
  }

  statuses(): RiskStatus[] {
    return this.#everStarted.map((processor) => processor.status(this.store.facts.length));
  }

  async #finish({ processor, ended }: Process): Promise<void> {
    for (let moments = 0; !(await this.#finished()) && this.#failure === undefined; moments++) {
      if (moments > MOMENTS_LIMIT) throw new Error(`stuck: ${JSON.stringify(processor.status(0))}`);
      await null;
    }
    processor.stop();
    if (this.#failure === undefined) await ended;
  }

  /** Nobody may go on turning once the run is over. */
  #killAll(): void {
    for (const { fate } of this.#processes) fate.die();
  }

  async #finished(): Promise<boolean> {
    return (await this.risk.checkpoint()).position === this.store.facts.length;
  }

  async #moment(): Promise<void> {
    await null;
    if (!this.#random.chance(this.#faults.fatePercent)) return;
    const process = this.#processes[this.#random.below(this.#processes.length)]!;
    switch (this.#random.below(7)) {
      case 0:
        process.fate.die();
        this.#processes = this.#processes.filter((other) => other !== process);
        process.fate.thaw();
        if (this.#processes.length === 0) this.#start();
        break;
      case 1:
        process.fate.freeze();
        if (this.#processes.length < 3) this.#start();
        break;
      case 2:
        process.fate.thaw();
        break;
      case 3:
        if (this.#processes.length < 3) this.#start();
        break;
      case 4:
        this.#restore = this.risk.backup();
        break;
      case 5:
        this.#restore?.();
        break;
      case 6:
        this.#replay();
        break;
    }
  }

  /** A rebuild beside the live processors; one that fails has changed nothing. */
  #replay(): void {
    const { fate } = this.#processes[0]!;
    const rebuild = mortal(this.risk.rebuild(), fate);
    const [store, risk] = [mortal(this.store, fate), mortal(this.risk, fate)];
    const pause = () => fate.pause();
    replay({ store, risk, rebuild, compile: this.#compile, sleep: pause, breathe: pause }).then(
      () => this.replays++,
      () => {},
    );
  }

  #start(failurePercent = this.#faults.storePercent): Process {
    const fate = new Fate(this.#random);
    fate.failurePercent = failurePercent;
    const { store, risk } = this;
    const honest = { store, risk, log: this.#log, compile: this.#compile };
    const ports = { ...honest, ...this.#sabotage(honest, { store, risk, fate }) };
    const processor = new RiskProcessor({
      log: mortal(ports.log, fate),
      store: mortal(ports.store, fate),
      risk: mortal(ports.risk, fate),
      compile: ports.compile,
      budgetEvents: this.#faults.budgetEvents,
      onDecision: (decision) => this.emitted.push(decision),
      sleep: () => fate.pause(),
      breathe: () => fate.pause(),
    });
    const ended = processor.run().catch((error) => {
      this.#failure ??= error;
    });
    const process = { fate, processor, ended };
    this.#processes.push(process);
    this.#everStarted.push(processor);
    return process;
  }
}
