import { setImmediate } from 'node:timers/promises';
import type { Decision } from '../../domain/decision.ts';
import { accountStream, ruleSetStream, type StoredFact } from '../../domain/facts.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { RiskProcessor, type RiskProcessorOptions } from '../risk-processor.ts';
import { StoreLog } from '../store-log.ts';
import { activated, published, submitted } from './facts.ts';
import { MemoryEventStore } from './memory-event-store.ts';
import { MemoryRiskStore } from './memory-risk-store.ts';
import { stamperOf } from './stamped.ts';
import { compileWindows } from './window-rules.ts';

/** A store, what was decided of it, and the embedded deployment's processor between them. */
export class World {
  store = new MemoryEventStore();
  risk = new MemoryRiskStore();
  readonly decided: Decision[] = [];
  #count = 0;

  activate(ruleSet: RuleSet, version = 1): void {
    const stream = ruleSetStream(ruleSet.name);
    this.store.appendAny(stream, [published(ruleSet, version), activated(ruleSet.name, version)]);
  }

  /** An hour after the one before, unless it says otherwise. */
  pay(accountId: string, fields: Partial<Transaction> = {}): StoredFact {
    const count = this.#count++;
    const occurredAt = new Date(Date.UTC(2026, 2, 1) + count * 3_600_000).toISOString();
    const fact = submitted({ accountId, transactionId: `t${count}`, occurredAt, ...fields });
    return this.store.appendAny(accountStream(accountId), [fact]);
  }

  processor(options: Partial<RiskProcessorOptions> = {}): RiskProcessor {
    const stamper = stamperOf(options.store ?? this.store, compileWindows);
    const { store, risk } = this;
    return new RiskProcessor({
      store,
      risk,
      stamper,
      log: new StoreLog(options.store ?? store, stamper, () => setImmediate()),
      compile: compileWindows,
      onDecision: (decision) => this.decided.push(decision),
      sleep: () => setImmediate(),
      ...options,
    });
  }

  /** Lets the processor work until everything in the store is recorded, alerts included. */
  async settle(processor = this.processor()): Promise<void> {
    const ended = processor.run();
    const working = ended.then(
      () => false,
      () => false,
    );
    while ((await this.risk.checkpoint()).position < this.store.facts.length) {
      if (!(await Promise.race([working, setImmediate(true)]))) break;
    }
    processor.stop();
    await ended;
  }

  alerts(): StoredFact[] {
    return this.store.facts.filter(({ type }) => type === 'FraudSuspected');
  }
}
