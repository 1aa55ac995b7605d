import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { StageStatus } from '../../api/services.ts';
import type { RiskStatus } from '../../processors/risk-status.ts';

export interface MetricSources {
  stages(): Promise<StageStatus[]>;
  risk(): Promise<RiskStatus | undefined>;
  withoutRate(): number;
}

/** What the stages behind the door show; the API adds its own counters and latencies. */
export function serverMetrics({ stages, risk, withoutRate }: MetricSources): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const position = new Gauge({
    name: 'shrike_stage_position',
    help: 'Store position each stage has reached',
    labelNames: ['stage'],
    registers,
  });
  const lag = new Gauge({
    name: 'shrike_stage_lag_positions',
    help: 'Store positions each stage is behind the newest fact',
    labelNames: ['stage'],
    registers,
    async collect() {
      for (const stage of await stages()) {
        position.set({ stage: stage.name }, stage.position);
        lag.set({ stage: stage.name }, stage.lag);
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
  const counts = new Gauge({
    name: 'shrike_risk',
    help: 'What the risk processor has done since it started, and what it holds in memory',
    labelNames: ['what'],
    registers,
    async collect() {
      const status = await risk();
      if (status === undefined) return;
      counts.set({ what: 'decisions' }, status.decisions);
      counts.set({ what: 'alerts' }, status.alerts);
      counts.set({ what: 'duplicates_skipped' }, status.duplicatesSkipped);
      counts.set({ what: 'gaps_healed' }, status.gapsHealed);
      counts.set({ what: 'ownership_lost' }, status.ownershipLost);
      counts.set({ what: 'accounts_in_memory' }, status.accountsInMemory);
      counts.set({ what: 'events_in_memory' }, status.eventsInMemory);
    },
  });
  return registry;
}
