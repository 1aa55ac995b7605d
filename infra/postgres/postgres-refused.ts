/** The database cannot be used as it is; the message says why and what would be right. */
export class PostgresRefused extends Error {
  constructor(message: string, cause?: unknown) {
    super(`DATABASE_URL: ${message}`, { cause });
    this.name = 'PostgresRefused';
  }
}
