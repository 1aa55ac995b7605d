import type { Operating, StageStatus } from '../../../api/services.ts';
import type { RuleSetVersion } from '../../../domain/facts.ts';
import type { RiskState, RiskStatus } from '../../../processors/risk-status.ts';
import type { ProjectionState } from '../../../projections/projection-loop.ts';
import type { StoreClient } from '../../event-store/store-client.ts';
import { serverMetrics } from '../metrics.ts';
import type { ProjectorThread } from '../projector-thread.ts';
import type { RiskThread } from '../risk-thread.ts';

export interface OperatingOptions {
  version: string;
  store: StoreClient;
  risk: RiskThread;
  projector: ProjectorThread;
  inForce(): RuleSetVersion | null;
  /** Transactions accepted since the start whose amount could not be converted. */
  withoutRate(): number;
}

/** Further behind than this, a restarted server is still catching up and does not take submissions' decisions in time. */
const CATCHING_UP_POSITIONS = 10_000;

export function operating(options: OperatingOptions): Operating {
  const { version, store, risk, projector, inForce, withoutRate } = options;
  const riskStatus = async (head: number): Promise<RiskStatus | undefined> =>
    risk.problem === null ? risk.status(head) : undefined;

  async function stages(): Promise<StageStatus[]> {
    const head = await store.head();
    const views = [...projector.states().values()].map((state) => viewStage(state, head));
    return [storeStage(head), riskStage(await riskStatus(head), risk, head), ...views];
  }

  return {
    metrics: serverMetrics({ withoutRate, stages, risk: async () => riskStatus(await store.head()) }),
    async status() {
      return { version, head: await store.head(), ruleSet: inForce(), stages: await stages() };
    },
    async notReady() {
      return (await stages())
        .filter(({ state }) => state === 'stopped')
        .map(({ name, problem }) => `${name} has stopped${problem === null ? '' : `: ${problem}`}`);
    },
  };
}

const storeStage = (head: number): StageStatus => ({
  name: 'store',
  position: head,
  lag: 0,
  state: 'running',
  problem: null,
});

const RISK_STATES: Record<RiskState, StageStatus['state']> = {
  starting: 'catching-up',
  running: 'running',
  waiting: 'retrying',
  failed: 'stopped',
  stopped: 'stopped',
};

function riskStage(status: RiskStatus | undefined, risk: RiskThread, head: number): StageStatus {
  const position = status?.committedPosition ?? risk.committed;
  const state = status === undefined ? 'stopped' : RISK_STATES[status.state];
  return {
    name: 'risk',
    position,
    lag: Math.max(0, head - position),
    state: state === 'running' && head - position > CATCHING_UP_POSITIONS ? 'catching-up' : state,
    problem: status === undefined ? risk.problem : status.state === 'waiting' ? status.lastError : null,
  };
}

function viewStage({ projection, position, state, problem }: ProjectionState, head: number): StageStatus {
  const shown = state === 'rebuilding' ? 'catching-up' : state;
  return { name: projection, position, lag: Math.max(0, head - position), state: shown, problem };
}
