/**
 * SQL of the key of an advisory lock, its name the statement's parameter of that number. Such locks are the
 * database's, and deployments may share one, each in a schema of its own.
 */
export const lockKey = (parameter: number): string =>
  `hashtextextended('shrike ' || coalesce(current_schema(), '') || ' ' || $${parameter}, 0)`;
