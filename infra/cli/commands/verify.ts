import { existsSync } from 'node:fs';
import { scoringPlan } from '../../../domain/risk-fold.ts';
import { type Verification, verify } from '../../../processors/verify.ts';
import { dataPaths } from '../../data-folder/data-folder.ts';
import { replayCommand } from '../../data-folder/data-folder-refused.ts';
import { readingStore } from '../../event-store/reading-store.ts';
import { openRiskDatabase } from '../../read-model/risk-database.ts';
import { sqliteRiskStore } from '../../read-model/sqlite-risk-store.ts';
import type { LayoutOptions } from '../../server/distributed/engines-config.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { namedEngines } from '../named-engines.ts';
import { type ProgressLine, progressLine } from '../progress-line.ts';
import { verifyDistributed } from './distributed-read-models.ts';

export type VerifyOptions = LayoutOptions & { data: string; json: boolean };

/** Recomputes every decision from the store and compares it with the recorded one; works beside a running server. */
export async function verifyData(options: VerifyOptions, isFolderGiven: boolean): Promise<number> {
  const { data, json } = options;
  const engines = isFolderGiven ? undefined : namedEngines(options);
  const result = engines === undefined ? await verifyFolder(data) : await verifyDistributed(engines);
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : report(result));
  return result.differ === 0 ? EXIT.ok : EXIT.no;
}

async function verifyFolder(data: string): Promise<Verification> {
  const paths = dataPaths(data);
  if (!existsSync(paths.facts))
    throw new CommandFailed(`${data} is no data folder: it has no facts.db`, EXIT.usage);
  if (!existsSync(paths.risk))
    throw new CommandFailed(
      `${data} has no decisions yet; to make them run: ${replayCommand(data)}`,
      EXIT.refused,
    );
  const store = readingStore(paths.facts);
  const database = openRiskDatabase(paths.risk, { readOnly: true });
  let progress: ProgressLine | undefined;
  try {
    const result = await verify({
      store,
      risk: sqliteRiskStore(database),
      compile: scoringPlan,
      onProgress: ({ position, through, decisions }) => {
        progress ??= progressLine('verify', through, 'positions');
        progress.update(position, `${decisions} decisions`);
      },
    });
    progress?.finish();
    return result;
  } finally {
    database.close();
    store.close();
  }
}

function report({ decisions, alerts, through, differ, first }: Verification): string {
  const lines = [`${decisions} decisions, ${differ} differ (${alerts} alerts, up to position ${through})`];
  if (first !== null) lines.push(`first difference: ${JSON.stringify(first, null, 2)}`);
  return `${lines.join('\n')}\n`;
}
