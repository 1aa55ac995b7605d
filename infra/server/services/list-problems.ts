import { factData, type ListDefined, listStream } from '../../../domain/facts.ts';
import { isListFor } from '../../../domain/lists/list-fields.ts';
import type { EventStore } from '../../../domain/ports.ts';
import type { FeatureDefinition, RuleSet, RuleSetProblem } from '../../../domain/rules/rule-set.ts';
import { type Path, pathText, readRuleSetDocument } from '../../../domain/rules/rule-set-document.ts';

/** What is wrong with a feature, and where in its rule set. */
interface Fault extends Pick<RuleSetProblem, 'problem' | 'suggestion'> {
  path: Path;
}

/**
 * Features that ask a list which was never defined, or which is of another field: they would never be true.
 * @param source the rule set as written, which tells the places; the top of it where it is not at hand
 */
export async function listProblems(
  store: Pick<EventStore, 'readStream'>,
  { features }: RuleSet,
  source = '',
): Promise<RuleSetProblem[]> {
  const faults: Fault[] = [];
  for (const feature of features) {
    if (feature.list === undefined) continue;
    const [first] = await store.readStream(listStream(feature.list), 0, 1);
    faults.push(...faultsOf(feature, first && factData<ListDefined>(first)));
  }
  return faults.length === 0 ? [] : placed(faults, source);
}

function placed(faults: readonly Fault[], source: string): RuleSetProblem[] {
  const document = readRuleSetDocument(source);
  return faults.map(({ path, ...fault }) => {
    const at = 'problems' in document ? { line: 1, column: 1 } : document.placeOf(path);
    return { ...at, path: pathText(path), ...fault };
  });
}

function faultsOf({ name, list, of }: FeatureDefinition, defined: ListDefined | undefined): Fault[] {
  if (defined === undefined) {
    const suggestion = `define it: shrike lists put ${list} --of ${of}, or PUT /v1/lists/${list}`;
    return [{ path: ['features', name, 'list'], problem: `there is no list ${list}`, suggestion }];
  }
  if (isListFor(defined.of, of!)) return [];
  const problem = `the list ${list} is of ${defined.of}, not of ${of}`;
  const suggestion = `look up ${defined.of}, or another list`;
  return [{ path: ['features', name, 'of'], problem, suggestion }];
}
