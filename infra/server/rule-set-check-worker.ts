import { parentPort, workerData } from 'node:worker_threads';
import { parseRuleSet } from '../../domain/rules/rule-set-parse.ts';
import { failedExamples } from '../../domain/scoring/run-examples.ts';
import type { RuleSetCheck } from './rule-set-check.ts';

/** Checks one rule set and ends. */
function check(source: string): RuleSetCheck {
  const parsed = parseRuleSet(source);
  if ('problems' in parsed) return parsed;
  const problems = failedExamples(parsed.ruleSet);
  return problems.length > 0 ? { problems } : parsed;
}

parentPort!.postMessage(check(workerData as string));
