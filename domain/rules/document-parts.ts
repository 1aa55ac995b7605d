/** The value as a map, empty if it is none: its fault is told elsewhere. */
export function mapOf(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The value as a list, empty if it is none: its fault is told elsewhere. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
