import { existsSync, renameSync } from 'node:fs';
import { scoringPlan } from '../../../domain/risk-fold.ts';
import type { HistoryProgress } from '../../../processors/history-fold.ts';
import { replay } from '../../../processors/replay.ts';
import { PROJECTIONS } from '../../../projections/all.ts';
import { rebuild } from '../../../projections/rebuild.ts';
import { type DataPaths, dataPaths } from '../../data-folder/data-folder.ts';
import { DataFolderRefused } from '../../data-folder/data-folder-refused.ts';
import { type FolderLock, lockFolder } from '../../data-folder/folder-lock.ts';
import { type ReadingStore, readingStore } from '../../event-store/reading-store.ts';
import { rebuildInThreads } from '../../history-threads/refold-in-threads.ts';
import { sqliteRiskRebuild } from '../../read-model/decisions-rebuild.ts';
import { DatabaseRefused } from '../../read-model/open-database.ts';
import { openRiskDatabase } from '../../read-model/risk-database.ts';
import { sqliteRiskStore } from '../../read-model/sqlite-risk-store.ts';
import { openViewsDatabase } from '../../read-model/views-database.ts';
import type { EnginesConfig, LayoutOptions } from '../../server/distributed/engines-config.ts';
import { threadsFor } from '../../threads/threads-for.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { namedEngines } from '../named-engines.ts';
import { type ProgressLine, progressLine } from '../progress-line.ts';
import { threadsOption } from '../threads-option.ts';
import {
  type Rebuilt,
  rebuildDistributedDecisions,
  rebuildDistributedViews,
} from './distributed-read-models.ts';

export interface ReplayOptions extends LayoutOptions {
  projection?: string;
  threads?: string;
  data: string;
  json: boolean;
}

const DECISIONS = 'decisions';

/** Rebuilds read models from the store beside the live ones and swaps them in; works beside a running server. */
export async function replayData(options: ReplayOptions, isFolderGiven: boolean): Promise<number> {
  const { projection, data, json } = options;
  const names = [DECISIONS, ...PROJECTIONS.map(({ name }) => name)];
  if (projection !== undefined && !names.includes(projection)) {
    throw new CommandFailed(`--projection: "${projection}" is none of ${names.join(', ')}`, EXIT.usage);
  }
  const threads = threadsOption(options.threads);
  const engines = isFolderGiven ? undefined : namedEngines(options);
  const done =
    engines === undefined
      ? await replayFolder(data, projection, threads)
      : await replayEngines(engines, projection, threads);
  process.stdout.write(json ? `${JSON.stringify(done)}\n` : done.map(told).join(''));
  return EXIT.ok;
}

function told({ projection, partition, position }: Rebuilt): string {
  const which = partition === undefined ? projection : `${projection} of partition ${partition}`;
  return `${which} rebuilt up to position ${position}\n`;
}

async function replayEngines(
  engines: EnginesConfig,
  projection: string | undefined,
  threads: number,
): Promise<Rebuilt[]> {
  const isOfDecisions = projection === undefined || projection === DECISIONS;
  const decisions = isOfDecisions ? await rebuildDistributedDecisions(engines, threads) : [];
  return [...decisions, ...(await rebuildDistributedViews(engines, projection))];
}

async function replayFolder(
  data: string,
  projection: string | undefined,
  threads: number,
): Promise<Rebuilt[]> {
  const paths = dataPaths(data);
  if (!existsSync(paths.facts))
    throw new CommandFailed(`${data} is no data folder: it has no facts.db`, EXIT.usage);
  const lock = lockUnlessServed(data);
  const store = readingStore(paths.facts);
  const done: Rebuilt[] = [];
  try {
    // With no server on the folder, what cannot be opened is put aside: it is about to be made anew.
    if (lock !== undefined) putDamagedAside(paths);
    if (projection === undefined || projection === DECISIONS)
      done.push(await rebuildOwn(paths, store, threads));
    done.push(...(await rebuildViews(paths, store, projection)));
  } finally {
    store.close();
    lock?.release();
  }
  return done;
}

function lockUnlessServed(data: string): FolderLock | undefined {
  try {
    return lockFolder(data);
  } catch (error) {
    if (error instanceof DataFolderRefused) return undefined;
    throw error;
  }
}

function putDamagedAside({ risk, views }: DataPaths): void {
  const attempts: [string, () => void][] = [
    [risk, () => openRiskDatabase(risk).close()],
    [views, () => void openViewsDatabase(views).destroy()],
  ];
  for (const [path, open] of attempts) {
    try {
      open();
    } catch (error) {
      if (!(error instanceof DatabaseRefused)) throw error;
      process.stderr.write(`${error.message}: it is kept as ${path}.damaged and made anew\n`);
      for (const suffix of ['', '-wal', '-shm']) {
        if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.damaged${suffix}`);
      }
    }
  }
}

async function rebuildOwn(
  { risk, facts }: DataPaths,
  store: ReadingStore,
  threads: number,
): Promise<Rebuilt> {
  const database = openRiskDatabase(risk);
  let progress: ProgressLine | undefined;
  const onProgress = ({ position: at, through, decisions }: HistoryProgress): void => {
    progress ??= progressLine(DECISIONS, through, 'positions');
    progress.update(at, `${decisions} decisions`);
  };
  const [live, rebuild] = [sqliteRiskStore(database), sqliteRiskRebuild(database)];
  const parts = threadsFor(threads, store.reader.head());
  try {
    const { position } =
      parts === 1
        ? await replay({ store, risk: live, rebuild, compile: scoringPlan, onProgress })
        : await rebuildInThreads({ kind: 'file', path: facts }, parts, {
            store,
            risk: live,
            rebuild,
            onProgress,
          });
    progress?.finish();
    return { projection: DECISIONS, position };
  } finally {
    database.close();
  }
}

async function rebuildViews(
  { views }: DataPaths,
  store: ReadingStore,
  only: string | undefined,
): Promise<Rebuilt[]> {
  const db = openViewsDatabase(views);
  const done: Rebuilt[] = [];
  try {
    for (const projection of PROJECTIONS) {
      if (only !== undefined && only !== projection.name) continue;
      const progress = progressLine(projection.name, store.reader.head(), 'positions');
      const { position } = await rebuild(db, store, projection, {
        onProgress: ({ position: at }) => progress.update(at),
      });
      progress.finish();
      done.push({ projection: projection.name, position });
    }
    return done;
  } finally {
    await db.destroy();
  }
}
