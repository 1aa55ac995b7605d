import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { scoringPlan } from '../../../domain/risk-fold.ts';
import { BatchFold } from '../../../processors/batch-fold.ts';
import { Exclusions } from '../../../processors/exclusions.ts';
import { RuleSetTimeline } from '../../../processors/rule-set-timeline.ts';
import { scoreHypothetically } from '../../../processors/score-hypothetically.ts';
import { ScoringPlans } from '../../../processors/scoring-plans.ts';
import { Stamper } from '../../../processors/stamper.ts';
import { postgresEntitySnapshots } from '../../postgres/postgres-entity-snapshots.ts';
import { postgresRiskStore } from '../../postgres/postgres-risk-store.ts';
import { refusalOf } from '../refusal.ts';
import { tellUnkept } from '../tell-unkept.ts';
import { openRoleEngines } from './role-engines.ts';
import type { ScoringNews, ScoringOrder, ScoringWorkerData } from './scoring-messages.ts';

/**
 * Says what would be decided of transactions that are not stored. The accounts are in the processors' memory, which
 * is elsewhere: here each is loaded from its snapshot and its stream for the once.
 */
const { engines: config, latenessMs } = workerData as ScoringWorkerData;
const main = parentPort!;
const tell = (news: ScoringNews) => main.postMessage(news);

const { store, tables, close } = await openRoleEngines(config, 'scoring', () => undefined);
const timeline = new RuleSetTimeline();
const snapshots = postgresRiskStore(tables);
const plans = new ScoringPlans(timeline, store, (definition, version) =>
  scoringPlan(definition, version, { latenessMs }),
);
const stamper = new Stamper({
  store,
  timeline,
  plans,
  breathe: setImmediate,
  keep: { snapshots: postgresEntitySnapshots(tables.pool), onTrouble: tellUnkept },
});
const exclusions = new Exclusions();
/** Holds nothing: every account is loaded. */
const fold = new BatchFold({ store, snapshots, plans, exclusions });

main.on('message', async (order: ScoringOrder) => {
  if (order.kind === 'stop') {
    await close();
    main.close();
    return;
  }
  const { id, submitted } = order;
  try {
    const decision = await scoreHypothetically(submitted, {
      store,
      snapshots,
      timeline,
      plans,
      stampNext: (plan, head) => stamper.stampNext(submitted, plan, head, true),
      exclusions,
      fold,
    });
    tell({ kind: 'scored', id, decision });
  } catch (error) {
    tell({ kind: 'refused', id, ...refusalOf(error) });
  }
});
tell({ kind: 'started' });
