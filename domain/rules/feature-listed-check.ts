import { LIST_FIELDS, listFieldProblem } from '../lists/list-fields.ts';
import { LIST_NAME, LIST_NAME_RULE } from '../lists/list-name.ts';
import { TRANSACTION_FIELDS } from '../transaction.ts';
import type { Symbols } from './expression-check.ts';
import { checkFieldType } from './field-check.ts';
import type { FeatureDefinition } from './rule-set.ts';
import type { Path } from './rule-set-document.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';

/** A feature that asks a list, as it is written. */
export interface ListedShape {
  list?: string | undefined;
  of?: string | undefined;
}

/** Words of other features: a list is as it stands when the transaction is decided. */
const OF_EVENTS = ['window', 'delay', 'prior', 'where', 'per'] as const;

/** Checks a feature that says whether a value is on a list. Whether there is such a list is asked when it is published. */
export function checkListed(
  name: string,
  shape: ListedShape & Partial<Record<(typeof OF_EVENTS)[number], unknown>>,
  eventFields: Symbols,
  path: Path,
  problems: RuleSetProblems,
): FeatureDefinition | undefined {
  const wrong = OF_EVENTS.filter((word) => shape[word] !== undefined);
  for (const word of wrong) {
    problems.add([...path, word], 'listed is of a list, not of events', 'leave it out', { key: true });
  }
  const list = checkName(shape, path, problems);
  const of = checkField(shape, eventFields, path, problems);
  if (wrong.length > 0 || list === undefined || of === undefined) return undefined;
  const ofNoEvents = { windowMs: null, delayMs: 0, prior: false, where: null, per: 'account' };
  return { name, aggregate: 'listed', list, of, ...ofNoEvents, type: 'boolean' };
}

function checkName({ list }: ListedShape, path: Path, problems: RuleSetProblems): string | undefined {
  if (list === undefined) {
    const suggestion = 'name the list, as in list: bad-merchants';
    return problems.add([...path, 'list'], 'is missing', suggestion);
  }
  return LIST_NAME.test(list) ? list : problems.add([...path, 'list'], LIST_NAME_RULE);
}

function checkField(
  { of }: ListedShape,
  eventFields: Symbols,
  path: Path,
  problems: RuleSetProblems,
): string | undefined {
  const at = [...path, 'of'];
  if (of === undefined) {
    const suggestion = 'say which field is looked up, as in of: merchantId';
    return problems.add(at, 'is missing', suggestion);
  }
  const type = checkFieldType(of, at, eventFields, problems);
  if (type === undefined || type === null) return undefined;
  if (type !== 'string') return problems.add(at, `must be a field of text, but ${of} is a ${type}`);
  if (Object.hasOwn(TRANSACTION_FIELDS, of) && listFieldProblem(of) !== null) {
    return problems.add(at, `lists are of ${LIST_FIELDS.join(', ')}, not of ${of}`, 'compare it in the rule');
  }
  return of;
}
