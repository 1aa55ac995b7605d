import { parseDurationMs } from './duration.ts';
import type { Path } from './rule-set-document.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';

const MIN_WINDOW_MS = 1_000;
const MAX_WINDOW_MS = 90 * 86_400_000;

/** Whether an aggregate takes a window; without one it is of the whole life of the account. */
export type WindowRule = 'required' | 'optional' | 'none';

interface Windowed {
  aggregate: string;
  window?: unknown;
  delay?: unknown;
}

/** Milliseconds, null for lifetime; undefined after a problem. */
export function checkWindow(
  { aggregate, window }: Windowed,
  rule: WindowRule,
  path: Path,
  problems: RuleSetProblems,
): number | null | undefined {
  const at = [...path, 'window'];
  if (window === undefined) {
    if (rule !== 'required') return null;
    return problems.add(at, 'is missing', 'write a duration such as 90s, 15m, 24h, 30d, or lifetime');
  }
  if (rule === 'none') {
    return problems.add(at, `${aggregate} looks at the whole life of the account`, 'leave the window out', {
      key: true,
    });
  }
  if (window === 'lifetime') return null;
  return checkDuration(window, MIN_WINDOW_MS, '1s to 90d, or lifetime', at, problems);
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
