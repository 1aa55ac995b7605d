import { existsSync } from 'node:fs';
import { holds, type Verification } from '../../../processors/verification.ts';
import { dataPaths } from '../../data-folder/data-folder.ts';
import { replayCommand } from '../../data-folder/data-folder-refused.ts';
import type { DecidedAddress } from '../../history-threads/decided-history.ts';
import { verifyInThreads } from '../../history-threads/verify-in-threads.ts';
import type { LayoutOptions } from '../../server/distributed/engines-config.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { namedEngines } from '../named-engines.ts';
import { type ProgressLine, progressLine } from '../progress-line.ts';
import { threadsOption } from '../threads-option.ts';

export type VerifyOptions = LayoutOptions & { data: string; threads?: string; json: boolean };

/** Recomputes every decision from the store and compares it with the recorded one; works beside a running server. */
export async function verifyData(options: VerifyOptions, isFolderGiven: boolean): Promise<number> {
  const threads = threadsOption(options.threads);
  const engines = isFolderGiven ? undefined : namedEngines(options);
  const address: DecidedAddress =
    engines === undefined ? folderOf(options.data) : { kind: 'engines', engines };
  let line: ProgressLine | undefined;
  const result = await verifyInThreads(address, threads, ({ position, through, decisions }) => {
    line ??= progressLine('verify', through, 'positions');
    line.update(position, `${decisions} decisions`);
  });
  line?.finish();
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : report(result));
  return holds(result) ? EXIT.ok : EXIT.no;
}

/** @throws CommandFailed */
function folderOf(data: string): DecidedAddress {
  const { facts, risk } = dataPaths(data);
  if (!existsSync(facts)) {
    throw new CommandFailed(`${data} is no data folder: it has no facts.db`, EXIT.usage);
  }
  if (!existsSync(risk)) {
    throw new CommandFailed(
      `${data} has no decisions yet; to make them run: ${replayCommand(data)}`,
      EXIT.refused,
    );
  }
  return { kind: 'folder', factsPath: facts, riskPath: risk };
}

function report({ decisions, alerts, through, differ, first, seals }: Verification): string {
  const sealed = `${seals.hold} ${seals.hold === 1 ? 'seal holds' : 'seals hold'}`;
  const broken = seals.broken === 0 ? '' : `, ${seals.broken} ${seals.broken === 1 ? 'is' : 'are'} broken`;
  const lines = [
    `${decisions} decisions, ${differ} differ; ${sealed}${broken} (${alerts} alerts, up to position ${through}, sealed up to ${seals.through})`,
  ];
  if (seals.ahead > 0) lines.push(`${seals.ahead} seals are of decisions that are not recorded again yet`);
  if (first !== null) lines.push(`first difference: ${JSON.stringify(first, null, 2)}`);
  if (seals.first !== null) lines.push(`first broken seal: ${JSON.stringify(seals.first, null, 2)}`);
  return `${lines.join('\n')}\n`;
}
