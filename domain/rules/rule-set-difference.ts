import { durationText } from './duration.ts';
import type { RuleSet } from './rule-set.ts';

/**
 * What a rule set says otherwise than another, a line each, by the names of its parts; empty where both decide and
 * record the same. Descriptions, examples and the layout of the document are no difference.
 */
export function ruleSetDifference(from: RuleSet, to: RuleSet): string[] {
  return [
    ...ofNamed('field', fieldsOf(from), fieldsOf(to)),
    ...ofNamed('feature', byKey(from.features, 'name'), byKey(to.features, 'name')),
    ...ofNamed('rule', byKey(from.rules, 'id'), byKey(to.rules, 'id')),
    ...ofOrder(from, to),
    ...ofParts({ score: from.score }, { score: to.score }),
    ...ofNamed('score', byKey(from.scores ?? [], 'name'), byKey(to.scores ?? [], 'name')),
    ...ofParts(prefixed('thresholds', from.thresholds), prefixed('thresholds', to.thresholds)),
    ...ofParts(prefixed('alerts', from.alerts ?? {}), prefixed('alerts', to.alerts ?? {})),
    ...ofParts(prefixed('offsets of zone', from.zones ?? {}), prefixed('offsets of zone', to.zones ?? {})),
  ];
}

type Part = Record<string, unknown>;

const fieldsOf = ({ fields }: RuleSet): Map<string, Part> =>
  new Map(Object.entries(fields).map(([name, type]) => [name, { type }]));

function byKey<T extends object, K extends keyof T & string>(parts: readonly T[], key: K): Map<string, Part> {
  return new Map(parts.map(({ [key]: name, ...rest }) => [String(name), rest as Part]));
}

const prefixed = (prefix: string, parts: object): Part =>
  Object.fromEntries(Object.entries(parts).map(([name, value]) => [`${prefix} ${name}`, value]));

function ofNamed(kind: string, from: Map<string, Part>, to: Map<string, Part>): string[] {
  return [
    ...[...from.keys()].filter((name) => !to.has(name)).map((name) => `${kind} ${name}: removed`),
    ...[...to].flatMap(([name, part]) => {
      const before = from.get(name);
      if (before === undefined) return [`${kind} ${name}: added, ${described(part)}`];
      return ofParts(before, part).map((line) => `${kind} ${name}: ${line}`);
    }),
  ];
}

/** Reasons are given, and points added, in the order of the document. */
function ofOrder(from: RuleSet, to: RuleSet): string[] {
  const common = (one: RuleSet, other: RuleSet) =>
    one.rules.map(({ id }) => id).filter((id) => other.rules.some((rule) => rule.id === id));
  const [was, is] = [common(from, to), common(to, from)];
  return was.join() === is.join() ? [] : [`rules: in another order: ${is.join(', ')}`];
}

function ofParts(from: Part, to: Part): string[] {
  const names = new Set([...Object.keys(from), ...Object.keys(to)]);
  names.delete('description');
  return [...names].flatMap((name) => {
    const [was, is] = [shown(name, from[name]), shown(name, to[name])];
    return was === is ? [] : [`${worded(name)}: ${was} -> ${is}`];
  });
}

function described(part: Part): string {
  const said = Object.entries(part).filter(
    ([name, value]) => name !== 'description' && value !== null && value !== false && value !== 0,
  );
  return said.map(([name, value]) => `${worded(name)} ${shown(name, value)}`).join(', ');
}

/** As the document calls it: `windowMs` is `window`. */
const worded = (name: string): string => name.replace(/Ms$/, '');

function shown(name: string, value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (name.endsWith('Ms') && typeof value === 'number') return durationText(value);
  if (typeof value === 'object' && 'source' in value) return String(value.source);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
