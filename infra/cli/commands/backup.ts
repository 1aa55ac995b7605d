import { type BackupProgress, backup } from '../../data-folder/backup.ts';
import { replayCommand } from '../../data-folder/data-folder-refused.ts';
import { restore } from '../../data-folder/restore.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { refuseDistributed } from '../named-engines.ts';
import { type ProgressLine, progressLine } from '../progress-line.ts';

const BY_ENGINES =
  'back up and restore its event store by that engine’s own means, then run shrike replay (docs/running.md)';

/** Copies the store and the keys into a new folder, beside a running server. */
export async function backupTo(
  target: string,
  { data, json }: { data: string; json: boolean },
  isFolderGiven: boolean,
): Promise<number> {
  refuseDistributed('backup', isFolderGiven, BY_ENGINES);
  const progress = steps();
  const { position } = await backup(data, target, progress.update).catch((error: Error) => {
    throw new CommandFailed(error.message, EXIT.refused);
  });
  progress.finish();
  process.stdout.write(
    json
      ? `${JSON.stringify({ target, position })}\n`
      : `${target} holds everything up to position ${position}\n`,
  );
  return EXIT.ok;
}

/** Puts a backup's store in place of the folder's. */
export function restoreFrom(
  source: string,
  { data, json }: { data: string; json: boolean },
  isFolderGiven: boolean,
): number {
  refuseDistributed('restore', isFolderGiven, BY_ENGINES);
  const progress = steps();
  const { position, keptAside } = restore(source, data, new Date(), progress.update);
  progress.finish();
  const aside = keptAside === null ? '' : `; the store that was there is kept as ${keptAside}`;
  process.stdout.write(
    json
      ? `${JSON.stringify({ position, keptAside })}\n`
      : `${data} holds everything up to position ${position}${aside}\nnow run: ${replayCommand(data)}\n`,
  );
  return EXIT.ok;
}

function steps() {
  let line: ProgressLine | undefined;
  let current: string | undefined;
  return {
    update({ step, done, total }: BackupProgress): void {
      if (step !== current) {
        line?.finish();
        line = progressLine(step, total, step === 'copying' ? 'pages' : 'facts');
        current = step;
      }
      line?.update(done);
    },
    finish: () => line?.finish(),
  };
}
