import type { StageStatus } from '../../api/services.ts';
import { PROJECTIONS } from '../../projections/all.ts';
import type { Deciding, Progress, Stages } from './behind.ts';
import type { ProjectorThread } from './projector-thread.ts';
import type { RiskThread } from './risk-thread.ts';
import { riskStage, stageAt, viewStage } from './stage-status.ts';

/** What the projector thread works, in the order of showing. */
const FOLLOWERS = [...PROJECTIONS.map(({ name }) => name), 'labels'];

/** What stands behind the door where both stages are threads of this process. */
export function embeddedStages(
  risk: RiskThread,
  projector: ProjectorThread,
): { deciding: Deciding; progress: Progress; stages: Stages } {
  const riskStatus = async (head: number) => (risk.problem === null ? [await risk.status(head)] : []);
  const stages = async (head: number): Promise<StageStatus[]> => {
    const [status] = await riskStatus(head);
    const stage =
      status === undefined
        ? stageAt('risk', risk.committed, head, 'stopped', risk.problem)
        : riskStage(status, head);
    const states = projector.states();
    const followers = FOLLOWERS.flatMap((name) => states.get(name) ?? []);
    // Seals lag by design: they are a stage only where something is wrong with them.
    const seals = [states.get('seals')].filter((state) => state !== undefined && state.problem !== null);
    return [stage, ...[...followers, ...seals].map((state) => viewStage(state!, head))];
  };
  return {
    deciding: {
      decisionAt: ({ position }, timeoutMs) => risk.decisionAt(position, timeoutMs),
      score: (submitted) => risk.score(submitted),
    },
    progress: {
      decided: () => risk.committed,
      seen: (projection) => projector.seen(projection),
      onMoved(wake) {
        const stops = [risk.onCommitted(wake), projector.onMoved(wake)];
        return () => {
          for (const stop of stops) stop();
        };
      },
    },
    stages: {
      risk: riskStatus,
      stages,
      deadLetters: async () => [],
      async notReady() {
        const stopped = (await stages(risk.committed)).filter(({ state }) => state === 'stopped');
        return stopped.map(
          ({ name, problem }) => `${name} has stopped${problem === null ? '' : `: ${problem}`}`,
        );
      },
    },
  };
}
