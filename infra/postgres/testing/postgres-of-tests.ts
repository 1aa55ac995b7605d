import type { Engine } from '../../engines/engine.ts';
import { startPostgres } from '../../engines/postgres-server.ts';

/** The server of DATABASE_URL if that is given, in which the tests use schemas of their own; else one started here. */
export async function postgresOfTests(): Promise<Engine> {
  const url = process.env.DATABASE_URL;
  return url === undefined ? startPostgres() : { url, stop: async () => undefined };
}
