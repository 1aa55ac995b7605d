import type { StageStatus } from '../../api/services.ts';
import type { RiskState, RiskStatus } from '../../processors/risk-status.ts';
import type { ProjectionState } from '../../projections/projection-loop.ts';

/** Further behind than this, a restarted processor is still catching up and does not decide in time. */
export const CATCHING_UP_POSITIONS = 10_000;

const RISK_STATES: Record<RiskState, StageStatus['state']> = {
  starting: 'catching-up',
  running: 'running',
  waiting: 'retrying',
  blocked: 'blocked',
  failed: 'stopped',
  stopped: 'stopped',
};

/** A stage that reached `position`, behind the store's head or not. */
export function stageAt(
  name: string,
  position: number,
  head: number,
  state: StageStatus['state'] = 'running',
  problem: string | null = null,
  catchingUpBeyond = CATCHING_UP_POSITIONS,
): StageStatus {
  const lag = Math.max(0, head - position);
  const shown = state === 'running' && lag > catchingUpBeyond ? 'catching-up' : state;
  return { name, position, lag, state: shown, problem };
}

export function riskStage(status: RiskStatus, head: number): StageStatus {
  const problem = ['waiting', 'blocked', 'failed'].includes(status.state) ? status.lastError : null;
  return stageAt('risk', status.committedPosition, head, RISK_STATES[status.state], problem);
}

export function viewStage(
  { projection, position, state, problem }: ProjectionState,
  head: number,
): StageStatus {
  const shown = state === 'rebuilding' ? 'catching-up' : state;
  return { name: projection, position, lag: Math.max(0, head - position), state: shown, problem };
}
