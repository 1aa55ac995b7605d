import type { ViewDatabase } from '../../../projections/projection.ts';
import type { ViewsPlace, ViewsUnderTest } from '../../../projections/testing/views-under-test.ts';
import { postgresPool } from '../connection.ts';
import { postgresDump } from '../postgres-dump.ts';
import { openPostgresViews } from '../postgres-views.ts';
import { tempSchema } from './temp-schema.ts';

/** Databases of views, each in a schema of its own. @param server the server's URL, once it runs */
export function postgresViews(server: () => string): ViewsUnderTest {
  const opened = new Map<ViewDatabase, Awaited<ReturnType<typeof tempSchema>>>();
  return {
    async views() {
      const schema = await tempSchema(server());
      const db = await openPostgresViews(schema.url);
      opened.set(db, schema);
      return db;
    },
    placeOf: (db): ViewsPlace => ({ engine: 'postgres', url: opened.get(db)!.url }),
    async dumpOf(db) {
      const pool = postgresPool(opened.get(db)!.url);
      const lines = await Array.fromAsync(postgresDump(pool));
      await pool.end();
      return lines;
    },
    async close() {
      for (const [db, schema] of opened) {
        await db.destroy();
        await schema.drop();
      }
      opened.clear();
    },
    tries: 12,
  };
}
