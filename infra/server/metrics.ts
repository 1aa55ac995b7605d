import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { StageStatus } from '../../api/services.ts';
import type { RiskStatus } from '../../processors/risk-status.ts';
import type { DeadLetterCount } from './behind.ts';

export interface MetricSources {
  stages(): Promise<StageStatus[]>;
  risk(): Promise<RiskStatus[]>;
  deadLetters(): Promise<DeadLetterCount[]>;
  withoutRate(): number;
}

/** What the stages behind the door show; the API adds its own counters and latencies. */
export function serverMetrics({ stages, risk, deadLetters, withoutRate }: MetricSources): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const position = new Gauge({
    name: 'shrike_stage_position',
    help: 'Store position each stage has reached',
    labelNames: ['stage', 'partition'],
    registers,
  });
  const lag = new Gauge({
    name: 'shrike_stage_lag_positions',
    help: 'Store positions each stage is behind the newest fact',
    labelNames: ['stage', 'partition'],
    registers,
    async collect() {
      for (const stage of await stages()) {
        const { name, partition } = stage;
        const labels = partition === undefined ? { stage: name } : { stage: name, partition };
        position.set(labels, stage.position);
        lag.set(labels, stage.lag);
      }
    },
  });
  new Counter({
    name: 'shrike_without_rate_total',
    help: 'Transactions accepted whose amount in the base currency is missing, because no rate was in force or it would not fit',
    registers,
    collect() {
      this.reset();
      this.inc(withoutRate());
    },
  });
  riskMetrics(risk, registers);
  deadLetterMetrics(deadLetters, registers);
  return registry;
}

function deadLetterMetrics(deadLetters: MetricSources['deadLetters'], registers: Registry[]): void {
  let asking: Promise<DeadLetterCount[]> | undefined;
  const ask = (): Promise<DeadLetterCount[]> => {
    asking ??= deadLetters().finally(() => {
      asking = undefined;
    });
    return asking;
  };
  const gauge = (name: string, help: string, of: (count: DeadLetterCount) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['topic'],
      registers,
      async collect() {
        const counts = await ask();
        this.reset();
        for (const count of counts) this.set({ topic: count.topic }, of(count));
      },
    });
  gauge(
    'shrike_dead_letters',
    'Exports that could not be delivered, and those that wait behind them (shrike dlq)',
    ({ letters }) => letters,
  );
  gauge(
    'shrike_dead_letter_accounts',
    'Accounts with exports that could not be delivered',
    ({ accounts }) => accounts,
  );
  gauge(
    'shrike_dead_letter_age_seconds',
    'Age of the oldest export that could not be delivered',
    ({ oldestSeconds }) => oldestSeconds,
  );
}

function riskMetrics(risk: MetricSources['risk'], registers: Registry[]): void {
  new Gauge({
    name: 'shrike_risk_blocked_position',
    help: 'Store position of the fact each blocked partition stands still at: one that this version cannot read',
    labelNames: ['partition', 'account', 'revision'],
    registers,
    async collect() {
      this.reset();
      for (const { partition, blockedBy } of await risk()) {
        if (blockedBy === null) continue;
        const { accountId: account, revision, position: at } = blockedBy;
        this.set({ partition, account, revision }, at);
      }
    },
  });
  const counts = new Gauge({
    name: 'shrike_risk',
    help: 'What the risk processor has done since it started, and what it holds in memory',
    labelNames: ['what'],
    registers,
    async collect() {
      const statuses = await risk();
      if (statuses.length === 0) return;
      const sum = (of: (status: RiskStatus) => number) =>
        statuses.reduce((total, each) => total + of(each), 0);
      counts.set(
        { what: 'decisions' },
        sum(({ decisions }) => decisions),
      );
      counts.set(
        { what: 'alerts' },
        sum(({ alerts }) => alerts),
      );
      counts.set(
        { what: 'duplicates_skipped' },
        sum(({ duplicatesSkipped }) => duplicatesSkipped),
      );
      counts.set(
        { what: 'gaps_healed' },
        sum(({ gapsHealed }) => gapsHealed),
      );
      counts.set(
        { what: 'ownership_lost' },
        sum(({ ownershipLost }) => ownershipLost),
      );
      counts.set(
        { what: 'accounts_in_memory' },
        sum(({ accountsInMemory }) => accountsInMemory),
      );
      counts.set(
        { what: 'events_in_memory' },
        sum(({ eventsInMemory }) => eventsInMemory),
      );
    },
  });
}
