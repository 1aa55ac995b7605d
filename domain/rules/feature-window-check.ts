import { z } from 'zod';
import { CALENDAR_PERIODS, Calendar } from '../local-time/calendar.ts';
import { resolveZone, zoneProblem } from '../local-time/resolve-zone.ts';
import { parseDurationMs } from './duration.ts';
import type { FeatureDefinition } from './rule-set.ts';
import type { Path } from './rule-set-document.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';

const MIN_WINDOW_MS = 1_000;
const MAX_WINDOW_MS = 90 * 86_400_000;

/** Whether an aggregate takes a window; without one it is of the whole life of the account. */
export type WindowRule = 'required' | 'optional' | 'none';

/** What a checked window says of its feature. */
type WindowShape = Pick<FeatureDefinition, 'windowMs' | 'calendar'>;

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
  problems: RuleSetProblems,
): WindowShape | undefined {
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
  if (isMap(window)) return checkCalendar(window, at, problems);
  const windowMs = checkDuration(window, MIN_WINDOW_MS, '1s to 90d, or lifetime', at, problems);
  return windowMs === undefined ? undefined : { windowMs };
}

const isMap = (value: unknown): value is object =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const calendarShape = z.strictObject({ calendar: z.enum(CALENDAR_PERIODS), zone: z.string() });

function checkCalendar(window: object, at: Path, problems: RuleSetProblems): WindowShape | undefined {
  const shape = problems.shaped(calendarShape, window, at);
  if (shape === undefined) return undefined;
  const { calendar: period, zone } = shape;
  const fault = zoneProblem(zone);
  if (fault !== null) return problems.add([...at, 'zone'], fault.problem, fault.suggestion);
  return { windowMs: Calendar.longestMs(period, resolveZone(zone)), calendar: { period, zone } };
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
