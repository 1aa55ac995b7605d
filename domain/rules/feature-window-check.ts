import { z } from 'zod';
import { CALENDAR_PERIODS, Calendar } from '../local-time/calendar.ts';
import { resolveZone, zoneProblem } from '../local-time/resolve-zone.ts';
import { parseDurationMs } from './duration.ts';
import { type ConditionScope, checkCondition } from './feature-condition-check.ts';
import type { FeatureDefinition } from './rule-set.ts';
import type { Path } from './rule-set-document.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';
import { expressionSource } from './rule-set-shape.ts';

const MIN_WINDOW_MS = 1_000;
const MAX_WINDOW_MS = 90 * 86_400_000;

/** Whether an aggregate takes a window; without one it is of the whole life of the account. */
export type WindowRule = 'required' | 'optional' | 'none';

/** What a checked window says of its feature. */
type WindowShape = Pick<FeatureDefinition, 'windowMs' | 'calendar' | 'last'>;

interface Windowed {
  aggregate: string;
  window?: unknown;
  delay?: unknown;
}

/** How long, and from where on; undefined after a problem. */
export function checkWindow(
  { aggregate, window }: Windowed,
  rule: WindowRule,
  path: Path,
  scope: ConditionScope,
): WindowShape | undefined {
  const { problems } = scope;
  const at = [...path, 'window'];
  if (window === undefined) {
    if (rule !== 'required') return { windowMs: null };
    return problems.add(at, 'is missing', 'write a duration such as 90s, 15m, 24h, 30d, or lifetime');
  }
  if (rule === 'none') {
    return problems.add(at, `${aggregate} looks at the whole life of the account`, 'leave the window out', {
      key: true,
    });
  }
  if (window === 'lifetime') return { windowMs: null };
  if (isMap(window)) return checkWindowMap(window, at, scope);
  const windowMs = checkDuration(window, MIN_WINDOW_MS, '1s to 90d, or lifetime', at, problems);
  return windowMs === undefined ? undefined : { windowMs };
}

const isMap = (value: unknown): value is object =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function checkWindowMap(window: object, at: Path, scope: ConditionScope): WindowShape | undefined {
  if ('calendar' in window) return checkCalendar(window, at, scope.problems);
  if ('last' in window) return checkLast(window, at, scope);
  const suggestion = 'as in { calendar: day, zone: Europe/Berlin } or { last: 10 }';
  return scope.problems.add(at, 'says neither calendar nor last', suggestion);
}

const calendarShape = z.strictObject({ calendar: z.enum(CALENDAR_PERIODS), zone: z.string() });

function checkCalendar(window: object, at: Path, problems: RuleSetProblems): WindowShape | undefined {
  const shape = problems.shaped(calendarShape, window, at);
  if (shape === undefined) return undefined;
  const { calendar: period, zone } = shape;
  const fault = zoneProblem(zone);
  if (fault !== null) return problems.add([...at, 'zone'], fault.problem, fault.suggestion);
  return { windowMs: Calendar.longestMs(period, resolveZone(zone)), calendar: { period, zone } };
}

const MOST_LAST = 1_000;
const MOST_LAST_PROBLEM = `must be a whole number from 1 to ${MOST_LAST}`;

const lastShape = z.strictObject({
  last: z.int(MOST_LAST_PROBLEM).min(1, MOST_LAST_PROBLEM).max(MOST_LAST, MOST_LAST_PROBLEM),
  among: expressionSource.optional(),
  within: z.unknown().optional(),
});

function checkLast(window: object, at: Path, scope: ConditionScope): WindowShape | undefined {
  const { problems } = scope;
  const shape = problems.shaped(lastShape, window, at);
  if (shape === undefined) return undefined;
  const { last: most, within } = shape;
  const among = checkCondition(shape.among, [...at, 'among'], scope);
  const windowMs =
    within === undefined
      ? MAX_WINDOW_MS
      : checkDuration(within, MIN_WINDOW_MS, '1s to 90d', [...at, 'within'], problems);
  return among === undefined || windowMs === undefined ? undefined : { windowMs, last: { most, among } };
}

export function checkDelay(
  { aggregate, delay }: Windowed,
  rule: WindowRule,
  path: Path,
  problems: RuleSetProblems,
): number | undefined {
  const at = [...path, 'delay'];
  if (delay === undefined) return 0;
  if (rule === 'none') {
    return problems.add(at, `${aggregate} has no delay`, 'leave it out', { key: true });
  }
  return checkDuration(delay, 0, '0s to 90d', at, problems);
}

function checkDuration(
  value: unknown,
  leastMs: number,
  range: string,
  at: Path,
  problems: RuleSetProblems,
): number | undefined {
  const ms = typeof value === 'string' ? parseDurationMs(value) : undefined;
  if (ms === undefined) {
    const suggestion =
      typeof value === 'number' ? `write the unit: ${value}s, ${value}m, ${value}h or ${value}d` : null;
    const problem = `must be a duration such as 90s, 15m, 24h, 30d, not ${JSON.stringify(value)}`;
    return problems.add(at, problem, suggestion);
  }
  if (ms < leastMs || ms > MAX_WINDOW_MS) return problems.add(at, `must be ${range}, not ${value}`);
  return ms;
}
