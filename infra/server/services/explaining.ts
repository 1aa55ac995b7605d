import { setImmediate } from 'node:timers/promises';
import type { ExplainAnswer, Explaining, TransactionName } from '../../../api/services.ts';
import type { EventStore, Submissions } from '../../../domain/ports.ts';
import type { RuleSet } from '../../../domain/rules/rule-set.ts';
import { Explanations } from '../../../processors/explain.ts';
import { TooManyEvents } from '../../../processors/gathered-history.ts';
import type { Compile } from '../../../processors/scoring-plans.ts';
import type { DecisionQueries } from '../../read-model/queries/decision-queries.ts';
import { checkRuleSet } from '../rule-set-check.ts';
import { accountsOf } from './reading.ts';

export interface ExplainingOptions {
  store: Pick<EventStore, 'readStream' | 'readAll' | 'readOthers'> & Pick<Submissions, 'find'>;
  decisions: Pick<DecisionQueries, 'at' | 'ofTransactionId' | 'reflected'>;
  compile: Compile;
}

/** What a server spares for an explanation: about 260 MB. */
const MOST_HELD = 200_000;

/** Says why transactions were decided as they were. */
export function explaining({ store, decisions, compile }: ExplainingOptions): Explaining {
  const explanations = new Explanations({ store, compile, mostHeld: MOST_HELD, breathe: setImmediate });

  async function answer(
    { transactionId, accountId }: TransactionName,
    mostEvents: number,
    otherRules: RuleSet | undefined,
    asOf: number,
  ): Promise<ExplainAnswer> {
    const accountIds = accountId === undefined ? await accountsOf(decisions, transactionId) : [accountId];
    if (accountIds.length > 1) return { kind: 'ambiguous', accountIds };
    const fact = accountIds.length === 0 ? undefined : await store.find(accountIds[0]!, transactionId);
    if (fact === undefined) return { kind: 'none' };
    const recorded = await decisions.at(accountIds[0]!, fact.position);
    if (recorded === undefined) return { kind: fact.position <= asOf ? 'passed' : 'undecided' };
    try {
      const explanation = await explanations.explain({ fact, recorded, mostEvents, otherRules });
      return { kind: 'explained', explanation };
    } catch (error) {
      if (error instanceof TooManyEvents) return { kind: 'too-large', message: error.message };
      throw error;
    }
  }

  return {
    async explain(name, mostEvents, source) {
      const asOf = await decisions.reflected();
      const checked = source === undefined ? undefined : await checkRuleSet(source);
      if (checked !== undefined && 'problems' in checked) {
        return { asOf, value: { kind: 'refused', problems: checked.problems } };
      }
      return { asOf, value: await answer(name, mostEvents, checked?.ruleSet, asOf) };
    },
  };
}
