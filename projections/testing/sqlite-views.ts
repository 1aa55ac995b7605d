import { canonicalDump } from '../../infra/read-model/canonical-dump.ts';
import { tempFile } from '../../infra/read-model/testing/temp-database.ts';
import { openViewsDatabase } from '../../infra/read-model/views-database.ts';
import type { ViewDatabase } from '../projection.ts';
import type { ViewsPlace, ViewsUnderTest } from './views-under-test.ts';

/** Databases of views, each in a file of its own. */
export function sqliteViews(): ViewsUnderTest {
  const opened = new Map<ViewDatabase, ReturnType<typeof tempFile>>();
  return {
    async views() {
      const file = tempFile('views.db');
      const db = openViewsDatabase(file.path);
      opened.set(db, file);
      return db;
    },
    placeOf: (db): ViewsPlace => ({ engine: 'sqlite', path: opened.get(db)!.path }),
    dumpOf: (db) => Array.fromAsync(canonicalDump(undefined, db)),
    async close() {
      for (const [db, file] of opened) {
        await db.destroy();
        file.remove();
      }
      opened.clear();
    },
    tries: 40,
  };
}
