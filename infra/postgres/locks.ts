/**
 * SQL of the key of an advisory lock. Such locks are the database's, and deployments may share one, each in a schema
 * of its own.
 * @param name SQL of its name, e.g. `$1`
 */
export const lockKey = (name: string): string =>
  `hashtextextended('shrike ' || coalesce(current_schema(), '') || ' ' || ${name}, 0)`;
