import { durationText } from '../../../domain/rules/duration.ts';
import type { RuleSet } from '../../../domain/rules/rule-set.ts';
import { type RuleSetCost, ruleSetCost } from '../../../domain/rules/rule-set-cost.ts';
import { parseRuleSet } from '../../../domain/rules/rule-set-parse.ts';
import { type ExampleRun, runExamples, windowsOf } from '../../../domain/scoring/run-examples.ts';
import { listsAsked } from '../../files/placed-lists.ts';
import { EXIT } from '../exit-codes.ts';
import { problemsText, readText } from '../read-rule-set.ts';

/** Says everything wrong with a rule set at once, what it costs, and whether its examples hold. */
export function rulesCheck(path: string, options: { json: boolean }): number {
  const parsed = parseRuleSet(readText(path));
  if ('problems' in parsed) {
    const { problems } = parsed;
    process.stdout.write(
      options.json ? `${JSON.stringify({ problems })}\n` : `${problemsText(path, problems)}\n`,
    );
    return EXIT.no;
  }
  const { ruleSet } = parsed;
  const runs = runExamples(ruleSet);
  const failed = runs.filter(({ mismatches }) => mismatches.length > 0);
  process.stdout.write(
    options.json ? `${JSON.stringify(summary(ruleSet, runs))}\n` : report(path, ruleSet, runs),
  );
  return failed.length === 0 ? EXIT.ok : EXIT.no;
}

function summary(ruleSet: RuleSet, runs: readonly ExampleRun[]) {
  return {
    name: ruleSet.name,
    features: ruleSet.features.length,
    rules: ruleSet.rules.length,
    cost: ruleSetCost(ruleSet),
    lists: Object.fromEntries(listsAsked([ruleSet])),
    examples: runs.map(({ example, mismatches, decision }) => ({
      name: example.name,
      passed: mismatches.length === 0,
      mismatches,
      features: Object.fromEntries(ruleSet.features.map(({ name }, i) => [name, decision.features[i]])),
    })),
  };
}

function report(path: string, ruleSet: RuleSet, runs: readonly ExampleRun[]): string {
  const failed = runs.filter(({ mismatches }) => mismatches.length > 0);
  const lines = [
    `${path}: rule set ${ruleSet.name}, ${ruleSet.features.length} features, ${ruleSet.rules.length} rules: in order`,
    ...ruleSetCost(ruleSet).flatMap(memory),
    ...[...listsAsked([ruleSet])].map(
      ([name, of]) => `asks the list ${name} by ${of}: it must be there when this is published`,
    ),
  ];
  for (const run of failed) lines.push(...failure(ruleSet, run));
  lines.push(`examples: ${runs.length - failed.length} passed, ${failed.length} failed`);
  return `${lines.join('\n')}\n`;
}

function memory(cost: RuleSetCost): string[] {
  const { per, bytesPerEvent, bytesPerKey, longestReachMs, retentionMs, valuesKept } = cost;
  const line =
    `memory by ${per}: ${bytesPerEvent} bytes an event, ${bytesPerKey} bytes for each ${per}; events are held ` +
    `${durationText(retentionMs)} (longest reach ${durationText(longestReachMs)} and the lateness allowed)`;
  if (valuesKept.length === 0) return [line];
  return [line, `every value met in 400 days is held by ${per} of: ${valuesKept.join(', ')}`];
}

function failure(ruleSet: RuleSet, { example, mismatches, decision }: ExampleRun): string[] {
  return [
    `example "${example.name}" fails`,
    ...mismatches.map((mismatch) => `  ${mismatch}`),
    '  its windows held:',
    ...windowsOf(ruleSet, decision).map((window) => `    ${window}`),
  ];
}
