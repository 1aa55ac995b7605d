/**
 * `node tests/canonical/write.ts`: seals the rule sets that have no seal yet. With `--i-mean-it` it writes those anew
 * that come out otherwise than they were sealed; when that is right is said in CONTRIBUTING.md.
 */
import { parseRuleSet } from '../../domain/rules/rule-set-parse.ts';
import { decide } from './decide.ts';
import { differenceFrom } from './difference.ts';
import { readExpectation, writeExpectation } from './expectation.ts';
import { type CanonicalCase, canonicalCases, readHistory, readRules } from './history.ts';

const FLAG = '--i-mean-it';
const isMeant = process.argv.includes(FLAG);
const unknown = process.argv.slice(2).find((argument) => argument !== FLAG);
if (unknown !== undefined) {
  process.stderr.write(`${unknown} is no option of this script; it knows ${FLAG}\n`);
  process.exit(2);
}
for (const one of canonicalCases()) process.stdout.write(`${one.name}: ${seal(one)}\n`);

/** @returns what became of it */
function seal(one: CanonicalCase): string {
  const parsed = parseRuleSet(readRules(one));
  if ('problems' in parsed) throw new Error(`${one.name}: ${JSON.stringify(parsed.problems)}`);
  const history = readHistory(one);
  const decisions = decide(parsed.ruleSet, history);
  const expectation = readExpectation(one);
  const difference = expectation === undefined ? undefined : differenceFrom(expectation, history, decisions);
  if (difference === null) return 'as it was sealed';
  if (difference !== undefined && !isMeant) {
    process.exitCode = 1;
    return `NOT written: ${difference}. What was decided once must be decided so for ever: see CONTRIBUTING.md, then ${FLAG}`;
  }
  writeExpectation(one, parsed.ruleSet, history, decisions);
  return difference === undefined ? `${decisions.length} decisions sealed` : `sealed anew: ${difference}`;
}
