import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { RuleSet, RuleSetProblem } from '../../domain/rules/rule-set.ts';

export type RuleSetCheck = { ruleSet: RuleSet } | { problems: RuleSetProblem[] };

/**
 * Checks a rule set and runs its examples, in a thread of its own: reading a large document takes long enough to
 * be felt by everyone who is served by this one.
 */
export async function checkRuleSet(source: string): Promise<RuleSetCheck> {
  const worker = new Worker(new URL(`./rule-set-check-worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'rule set check',
    workerData: source,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  const [checked] = (await once(worker, 'message')) as [RuleSetCheck];
  return checked;
}
