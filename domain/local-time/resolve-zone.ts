import { didYouMean } from '../rules/suggestion.ts';
import type { ZoneOffsets } from './zone-offsets.ts';

const FIRST_MS = Date.UTC(1970, 0, 1);
const END_MS = Date.UTC(2101, 0, 1);
/** Names, not offsets such as +02:00: those of a place change with its laws, which is what is asked for. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

/**
 * What is wrong with the name of a time zone, and what would be right; null if it is one. As the runtime's time zone
 * database knows it: only to check a rule set, never to score by it.
 * @param mayBeMeant whether to look for a zone of a like name, which takes some 0.1 ms
 */
export function zoneProblem(
  name: string,
  mayBeMeant = true,
): { problem: string; suggestion: string | null } | null {
  const known = zonedAt(name)?.timeZoneId;
  if (known === name) return null;
  const problem = `"${name}" is no time zone`;
  if (known !== undefined) return { problem, suggestion: `did you mean "${known}"?` };
  const nearest = !mayBeMeant ? null : didYouMean(name, ['UTC', ...Intl.supportedValuesOf('timeZone')]);
  return { problem, suggestion: nearest ?? 'a name of the IANA database, such as Europe/Berlin or UTC' };
}

/** The zone's offsets from 1970 to 2100, as the runtime's time zone database has them. @throws RangeError if it is none */
export function resolveZone(name: string): ZoneOffsets {
  const first = zonedAt(name);
  if (first === undefined) throw new RangeError(`${name} is no time zone`);
  const offsets: ZoneOffsets = [[FIRST_MS, offsetMs(first)]];
  for (let next = first.getTimeZoneTransition('next'); next !== null; ) {
    if (next.epochMilliseconds >= END_MS) break;
    if (offsetMs(next) !== offsets.at(-1)![1]) offsets.push([next.epochMilliseconds, offsetMs(next)]);
    next = next.getTimeZoneTransition('next');
  }
  return offsets;
}

/** The first instant in that zone; undefined if there is no such zone. */
function zonedAt(name: string): Temporal.ZonedDateTime | undefined {
  if (!ZONE_NAME.test(name)) return undefined;
  try {
    return Temporal.Instant.fromEpochMilliseconds(FIRST_MS).toZonedDateTimeISO(name);
  } catch (error) {
    // By name: it may be of another realm than the code that runs.
    if ((error as Error).name === 'RangeError') return undefined;
    throw error;
  }
}

const offsetMs = ({ offsetNanoseconds }: Temporal.ZonedDateTime): number => offsetNanoseconds / 1_000_000;
