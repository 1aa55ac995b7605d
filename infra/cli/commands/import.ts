import { ImportedLabels } from '../../files/imported-labels.ts';
import { type PlacedLabel, readPlacedLabels } from '../../files/placed-labels.ts';
import { textLines } from '../../files/text-lines.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { fileFault } from '../file-fault.ts';
import { progressLine } from '../progress-line.ts';
import { type ServerCalls, type ServerOptions, serverOf } from '../server-address.ts';

const LINES_A_REQUEST = 5_000;
const MOST_PROBLEMS_SHOWN = 20;

export interface ImportOptions extends ServerOptions {
  labels?: string;
  json: boolean;
}

interface FailedLine {
  line: number;
  problem: { detail?: string; errors?: { field: string; problem: string }[] };
}

/**
 * Hands a file of transactions to a running server as history: folded and scored, but raising no alerts. Labels are
 * handed in between, each where it became known.
 */
export async function importFile(file: string, options: ImportOptions): Promise<number> {
  const source = await textLines(file).catch((error: Error) => {
    throw new CommandFailed(fileFault(file, error), EXIT.usage);
  });
  const labelTally = new Tally('label line');
  const labels = options.labels === undefined ? undefined : await readLabels(options.labels, labelTally);
  const tally = new Tally('line');
  const server = serverOf(options, 'operate');
  const transactions = new LineSender(server, '/v1/transactions/batch?origin=import', tally);
  const labelSender = new LabelSender(server, labelTally);
  const progress = progressLine('import', source.totalBytes, 'bytes');
  let read = 0;
  try {
    for await (const { firstNumber, lines, bytesRead } of source.blocks) {
      for (let i = 0; i < lines.length; i++) {
        const due = labels?.before(lines[i]!) ?? [];
        if (due.length > 0) {
          await transactions.flush();
          await labelSender.send(due);
        }
        await transactions.add(lines[i]!, firstNumber + i);
      }
      read = bytesRead;
      progress.update(read, `${tally.lines} lines`);
    }
    await transactions.flush();
    await labelSender.send(labels?.rest() ?? []);
    progress.update(read, `${tally.lines} lines`);
    progress.finish();
  } finally {
    labels?.close();
    server.client.close();
  }
  process.stdout.write(summary(tally, labels === undefined ? undefined : labelTally, options.json));
  return tally.failed + labelTally.failed === 0 ? EXIT.ok : EXIT.no;
}

/** @throws CommandFailed where the file cannot be read */
async function readLabels(path: string, tally: Tally): Promise<ImportedLabels> {
  const refuse = (line: number, problem: string) => {
    tally.lines++;
    tally.refuse(line, problem);
  };
  const labels = await readPlacedLabels(path, refuse).catch((error: Error) => {
    throw new CommandFailed(fileFault(`--labels ${path}`, error), EXIT.usage);
  });
  tally.lines += labels.repeats;
  return new ImportedLabels(labels, ({ line }, problem) => refuse(line, problem));
}

/** What became of the lines of one file. */
class Tally {
  lines = 0;
  failed = 0;
  readonly #of: string;

  constructor(of: string) {
    this.#of = of;
  }

  /** Tells of the first few. */
  refuse(line: number, problem: string): void {
    this.failed++;
    if (this.failed > MOST_PROBLEMS_SHOWN + 1) return;
    const isLast = this.failed === MOST_PROBLEMS_SHOWN + 1;
    process.stderr.write(
      isLast ? 'more refused lines follow and are only counted\n' : `${this.#of} ${line}: ${problem}\n`,
    );
  }
}

/** Sends lines in their order, many at a time. */
class LineSender {
  readonly #server: ServerCalls;
  readonly #path: string;
  readonly #tally: Tally;
  #waiting: { text: string; number: number }[] = [];

  constructor(server: ServerCalls, path: string, tally: Tally) {
    this.#server = server;
    this.#path = path;
    this.#tally = tally;
  }

  /** @param number of the line in its file, to tell of it */
  async add(text: string, number: number): Promise<void> {
    if (this.#waiting.push({ text, number }) === LINES_A_REQUEST) await this.flush();
  }

  /** After it, all that was added is stored or refused. @throws CommandFailed */
  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const sent = this.#waiting;
    this.#waiting = [];
    const answer = await this.#server.call({
      method: 'POST',
      path: this.#path,
      contentType: 'application/x-ndjson',
      prefer: 'return=minimal',
      body: `${sent.map(({ text }) => text).join('\n')}\n`,
    });
    const answers = answer.body.split('\n').filter((line) => line !== '');
    const last = JSON.parse(answers.pop() ?? '{}') as { summary?: { lines: number } };
    if (last.summary === undefined) throw new CommandFailed('the server broke off its answer', EXIT.refused);
    for (const text of answers) {
      const { line, problem } = JSON.parse(text) as FailedLine;
      this.#tally.refuse(sent[line - 1]!.number, faultsOf(problem));
    }
    this.#tally.lines += last.summary.lines;
  }
}

/** Sends labels as lines of their own. */
class LabelSender {
  readonly #lines: LineSender;

  constructor(server: ServerCalls, tally: Tally) {
    this.#lines = new LineSender(server, '/v1/labels/batch', tally);
  }

  /** After it, all are stored or refused. @throws CommandFailed */
  async send(labels: readonly PlacedLabel[]): Promise<void> {
    for (const { line, knownAtMs: _knownAtMs, ...label } of labels) {
      await this.#lines.add(JSON.stringify(label), line);
    }
    await this.#lines.flush();
  }
}

function faultsOf({ errors, detail }: FailedLine['problem']): string {
  return errors?.map(({ field, problem }) => `${field} ${problem}`).join('; ') ?? detail ?? 'was refused';
}

function summary(transactions: Tally, labels: Tally | undefined, json: boolean): string {
  const counts = ({ lines, failed }: Tally) => ({ lines, failed });
  if (json) {
    return `${JSON.stringify({ ...counts(transactions), ...(labels && { labels: counts(labels) }) })}\n`;
  }
  const told = ({ lines, failed }: Tally, what: string) =>
    `${lines - failed} of ${lines} ${what} are stored, ${failed} refused\n`;
  return told(transactions, 'transactions') + (labels === undefined ? '' : told(labels, 'labels'));
}
