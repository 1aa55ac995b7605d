/**
 * The offsets of a time zone from UTC, each from an instant on: [fromMs, offsetMs], in the order of time. The first is
 * also that of all time before, the last of all time after. Stored in the checked rule set, so that no later time zone
 * database can change what was decided by it.
 */
export type ZoneOffsets = [fromMs: number, offsetMs: number][];

/** Of a rule set, by the names of the zones. */
export type Zones = Readonly<Record<string, ZoneOffsets>>;

/** @throws Error where the rule set does not carry them: it was not checked */
export function offsetsOf(zones: Zones, zone: string): ZoneOffsets {
  const offsets = Object.hasOwn(zones, zone) ? zones[zone] : undefined;
  if (offsets === undefined) throw new Error(`the rule set carries no offsets of the time zone ${zone}`);
  return offsets;
}
