import type { Backtesting, BacktestOrder, TriedRules } from '../../../api/backtesting.ts';
import type { EventStore } from '../../../domain/ports.ts';
import type { RuleSet } from '../../../domain/rules/rule-set.ts';
import type { BacktestJobs } from '../../backtest/backtest-jobs.ts';
import type { JobOrder } from '../../backtest/job-messages.ts';
import { IN_FORCE, type TriedSet } from '../../backtest/tried-sets.ts';
import { checkRuleSet } from '../rule-set-check.ts';
import type { DefinitionOf } from './explained.ts';
import { listProblems } from './list-problems.ts';

export interface BacktestingOptions {
  jobs: BacktestJobs;
  definitionOf: DefinitionOf;
  store: Pick<EventStore, 'readStream'>;
}

type Refused = Exclude<Awaited<ReturnType<Backtesting['startBacktest']>>, { kind: 'taken' | 'full' }>;
type Found = { definition: RuleSet; name: string } | Refused;

export function backtesting({ jobs, definitionOf, store }: BacktestingOptions): Backtesting {
  /** Named as it is in the report. */
  async function found(rules: TriedRules, field: string): Promise<Found> {
    if ('source' in rules) {
      const checked = await checkRuleSet(rules.source);
      const problems =
        'problems' in checked ? checked.problems : await listProblems(store, checked.ruleSet, rules.source);
      if ('problems' in checked || problems.length > 0)
        return { kind: 'refused', field: `${field}.source`, problems };
      return { definition: checked.ruleSet, name: checked.ruleSet.name };
    }
    const definition = await definitionOf(rules);
    if (definition === undefined) return { kind: 'unknown', field };
    return { definition, name: `${rules.name} ${rules.version}` };
  }

  async function setsOf({ rules, against }: BacktestOrder): Promise<JobOrder['sets'] | Refused> {
    const taken = new Set<string>([IN_FORCE.name]);
    const sets: TriedSet[] = [];
    const compared = against === null || against === 'active' ? [] : [against];
    for (const [i, each] of [...rules, ...compared].entries()) {
      const isCandidate = i < rules.length;
      const set = await found(each, isCandidate ? `rules.${i}` : 'against');
      if ('kind' in set) return set;
      const role = isCandidate ? 'candidate' : 'against';
      sets.push({ name: freeName(set.name, taken), role, definition: set.definition });
    }
    return against === 'active' ? [...sets, IN_FORCE] : sets;
  }

  return {
    async startBacktest(order, by) {
      const sets = await setsOf(order);
      if ('kind' in sets) return sets;
      const { fromMs, toMs, labels: labelsUsed, unlabelled, ripeAfterMs, cards, examples } = order;
      const counting = {
        period: { fromMs, toMs },
        labelsUsed,
        unlabelled,
        ripeAfterMs,
        cardsADay: cards,
        mostExamples: examples,
        kind: 'store' as const,
        sourceText: 'the event store',
      };
      const job = jobs.add({ sets, counting }, by);
      return job === undefined ? { kind: 'full' } : { kind: 'taken', job };
    },
    backtest: (id) => jobs.get(id),
    backtests: () => jobs.all(),
    removeBacktest: (id) => jobs.remove(id),
  };
}

/** Of several of a name each has its own. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name} (${i})`;
  taken.add(free);
  return free;
}
