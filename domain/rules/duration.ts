const UNITS_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90s`, `15m`, `24h`, `30d`; undefined if it is no such duration. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * UNITS_MS[match[2]!]!;
}

/** The shortest exact way to write a duration. */
export function durationText(ms: number): string {
  const unit = ['d', 'h', 'm', 's'].find((name) => ms % UNITS_MS[name]! === 0 && ms > 0);
  return unit === undefined ? `${ms / 1_000}s` : `${ms / UNITS_MS[unit]!}${unit}`;
}
