import { readFileSync } from 'node:fs';
import type { EventStore } from '../../../domain/ports.ts';
import { defaultFile } from '../../default-files.ts';
import { activateRuleSet, publishRuleSet } from './rule-set-publishing.ts';

type Store = Pick<EventStore, 'append' | 'readStream' | 'readOthers'>;

/** The first start puts a rule set in force before anything else. */
const LOOKED_AT = 100;

/** A store in which no rule set was ever in force gets the one that ships. */
export async function firstRuleSet(store: Store): Promise<void> {
  const oldest = await store.readOthers(0, LOOKED_AT);
  if (oldest.some(({ type }) => type === 'RuleSetActivated')) return;
  const source = readFileSync(defaultFile('card-payments.yaml'), 'utf8');
  const answer = await publishRuleSet(store, source, 'first start');
  if (answer.kind === 'refused')
    throw new Error(`the rule set that ships: ${JSON.stringify(answer.problems)}`);
  // Of several processes that start at once, one puts it in force.
  if (!answer.summary.active) await activateRuleSet(store, answer.summary, 'first start');
}
