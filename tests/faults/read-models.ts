import { join } from 'node:path';
import { canonicalDump } from '../../infra/read-model/canonical-dump.ts';
import { openRiskDatabase } from '../../infra/read-model/risk-database.ts';
import { openViewsDatabase } from '../../infra/read-model/views-database.ts';

/** Every row of a folder's read models, in order. */
export async function readModels(folder: string): Promise<string[]> {
  const risk = openRiskDatabase(join(folder, 'risk.db'));
  const views = openViewsDatabase(join(folder, 'views.db'));
  try {
    return await Array.fromAsync(canonicalDump(risk, views));
  } finally {
    await views.destroy();
    risk.close();
  }
}
