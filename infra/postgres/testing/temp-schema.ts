import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A schema of its own on a server, and the URL whose connections see it alone. */
export async function tempSchema(server: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `t_${randomBytes(8).toString('hex')}`;
  await once(server, `CREATE SCHEMA ${name}`);
  const url = new URL(server);
  url.searchParams.set('options', `-c search_path=${name} -c client_min_messages=warning`);
  return {
    url: url.href.replaceAll('+', '%20'),
    drop: () => once(server, `DROP SCHEMA ${name} CASCADE`),
  };
}

async function once(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(sql);
  await client.end();
}
