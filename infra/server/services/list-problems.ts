import { factData, type ListDefined, listStream } from '../../../domain/facts.ts';
import { isListFor } from '../../../domain/lists/list-fields.ts';
import type { EventStore } from '../../../domain/ports.ts';
import type { FeatureDefinition, RuleSet, RuleSetProblem } from '../../../domain/rules/rule-set.ts';

/** Features that ask a list which was never defined, or which is of another field: they would never be true. */
export async function listProblems(
  store: Pick<EventStore, 'readStream'>,
  { features }: RuleSet,
): Promise<RuleSetProblem[]> {
  const problems: RuleSetProblem[] = [];
  for (const feature of features) {
    if (feature.list === undefined) continue;
    const [first] = await store.readStream(listStream(feature.list), 0, 1);
    problems.push(...problemsOf(feature, first && factData<ListDefined>(first)));
  }
  return problems;
}

function problemsOf(
  { name, list, of }: FeatureDefinition,
  defined: ListDefined | undefined,
): RuleSetProblem[] {
  const at = { line: 0, column: 0 };
  if (defined === undefined) {
    const suggestion = `define it: shrike lists put ${list} --of ${of}, or PUT /v1/lists/${list}`;
    return [{ ...at, path: `features.${name}.list`, problem: `there is no list ${list}`, suggestion }];
  }
  if (isListFor(defined.of, of!)) return [];
  const problem = `the list ${list} is of ${defined.of}, not of ${of}`;
  return [
    { ...at, path: `features.${name}.of`, problem, suggestion: `look up ${defined.of}, or another list` },
  ];
}
