import { textLines } from '../../files/text-lines.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { fileFault } from '../file-fault.ts';
import { progressLine } from '../progress-line.ts';
import { type ServerCalls, type ServerOptions, serverOf } from '../server-address.ts';

const LINES_A_REQUEST = 5_000;
const MOST_PROBLEMS_SHOWN = 20;

interface Totals {
  lines: number;
  failed: number;
}

interface FailedLine {
  line: number;
  problem: { detail?: string; errors?: { field: string; problem: string }[] };
}

/** Hands a file of transactions to a running server as history: folded and scored, but raising no alerts. */
export async function importFile(file: string, options: ServerOptions & { json: boolean }): Promise<number> {
  const source = await textLines(file).catch((error: Error) => {
    throw new CommandFailed(fileFault(file, error), EXIT.usage);
  });
  const server = serverOf(options, 'operate');
  const progress = progressLine('import', source.totalBytes, 'bytes');
  const totals: Totals = { lines: 0, failed: 0 };
  let waiting: string[] = [];
  let first = 1;
  let read = 0;
  const flush = async () => {
    await send(server, waiting, first, totals);
    first += waiting.length;
    waiting = [];
  };
  try {
    for await (const { lines, bytesRead } of source.blocks) {
      for (const line of lines) if (waiting.push(line) === LINES_A_REQUEST) await flush();
      read = bytesRead;
      progress.update(read, `${totals.lines} lines`);
    }
    if (waiting.length > 0) await flush();
    progress.update(read, `${totals.lines} lines`);
    progress.finish();
  } finally {
    server.client.close();
  }
  const { lines, failed } = totals;
  process.stdout.write(
    options.json
      ? `${JSON.stringify(totals)}\n`
      : `${lines - failed} of ${lines} transactions are stored, ${failed} refused\n`,
  );
  return failed === 0 ? EXIT.ok : EXIT.no;
}

async function send(
  server: ServerCalls,
  lines: readonly string[],
  first: number,
  totals: Totals,
): Promise<void> {
  const answer = await server.call({
    method: 'POST',
    path: '/v1/transactions/batch?origin=import',
    contentType: 'application/x-ndjson',
    prefer: 'return=minimal',
    body: `${lines.join('\n')}\n`,
  });
  const answers = answer.body.split('\n').filter((line) => line !== '');
  const last = JSON.parse(answers.pop() ?? '{}') as { summary?: Totals };
  if (last.summary === undefined) throw new CommandFailed('the server broke off its answer', EXIT.refused);
  for (const text of answers) tell(JSON.parse(text) as FailedLine, first, totals.failed++);
  totals.lines += last.summary.lines;
}

function tell({ line, problem }: FailedLine, first: number, before: number): void {
  if (before > MOST_PROBLEMS_SHOWN) return;
  const faults =
    problem.errors?.map((error) => `${error.field} ${error.problem}`).join('; ') ?? problem.detail;
  const more = before === MOST_PROBLEMS_SHOWN;
  process.stderr.write(
    more ? 'more refused lines follow and are only counted\n' : `line ${first + line - 1}: ${faults}\n`,
  );
}
