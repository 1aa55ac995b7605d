import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';
import { durationText, parseDurationMs } from '../../../domain/rules/duration.ts';
import { DEFAULT_HANDBOOK, handbookPayments } from '../../simulator/handbook/handbook.ts';
import { labelLine, transactionLine, truthLine } from '../../simulator/handbook/lines.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { fileFault } from '../file-fault.ts';
import { wholeNumber } from '../number-option.ts';

export interface GenerateOptions {
  seed: string;
  customers: string;
  days: string;
  labelDelay: string;
  out: string;
  json: boolean;
}

const FILES = ['transactions', 'labels', 'truth'] as const;
type FileName = (typeof FILES)[number];

const LONGEST_DELAY_MS = 90 * 86_400_000;
/** Characters collected before they are written. */
const BATCH = 1 << 16;

/** Writes payments after the Fraud Detection Handbook's description, their labels, and what made each a fraud. */
export async function generateHandbook(options: GenerateOptions): Promise<number> {
  const delayMs = labelDelayOf(options.labelDelay);
  const payments = handbookPayments({
    seed: options.seed,
    customers: wholeNumber('--customers', options.customers, 20, 100_000),
    days: wholeNumber('--days', options.days, 1, 1_000),
    startMs: DEFAULT_HANDBOOK.startMs,
  });
  const { transactions, labels, truth } = await openFiles(options.out);
  const counts = { transactions: 0, frauds: 0, byScenario: [0, 0, 0] };
  for (const payment of payments) {
    await transactions.put(transactionLine(payment));
    counts.transactions += 1;
    if (payment.scenario === 0) continue;
    counts.frauds += 1;
    counts.byScenario[payment.scenario - 1]! += 1;
    await labels.put(labelLine(payment, delayMs));
    await truth.put(truthLine(payment));
  }
  for (const file of [transactions, labels, truth]) await file.end();
  process.stderr.write(options.json ? `${JSON.stringify(counts)}\n` : summary(counts, delayMs, options.out));
  return EXIT.ok;
}

const pathOf = (out: string, name: FileName): string => join(out, `${name}.ndjson.gz`);

function labelDelayOf(text: string): number {
  const delayMs = parseDurationMs(text) ?? Number.NaN;
  if (delayMs >= 1_000 && delayMs <= LONGEST_DELAY_MS) return delayMs;
  throw new CommandFailed(`--label-delay must be from 1s to 90d, such as 7d, not "${text}"`, EXIT.usage);
}

function summary(
  { transactions, frauds, byScenario }: { transactions: number; frauds: number; byScenario: number[] },
  delayMs: number,
  out: string,
): string {
  const share = ((100 * frauds) / Math.max(1, transactions)).toFixed(2);
  return (
    `${transactions} transactions, ${frauds} frauds (${share} %; ${byScenario.join(', ')} by scenario), ` +
    `labels ${durationText(delayMs)} late: ${FILES.map((name) => pathOf(out, name)).join(', ')}\n`
  );
}

/** A gzip file that lines are put into. */
class LineFile {
  private readonly gzip: Gzip;
  private readonly ended: Promise<void>;
  private lines = '';

  constructor(gzip: Gzip, ended: Promise<void>) {
    this.gzip = gzip;
    this.ended = ended;
  }

  async put(line: string): Promise<void> {
    this.lines += line;
    if (this.lines.length >= BATCH) await this.flush();
  }

  async end(): Promise<void> {
    await this.flush();
    this.gzip.end();
    await this.ended;
  }

  private async flush(): Promise<void> {
    const written = this.gzip.write(this.lines);
    this.lines = '';
    if (!written) await Promise.race([once(this.gzip, 'drain'), this.ended]);
  }
}

async function openFiles(out: string): Promise<Record<FileName, LineFile>> {
  try {
    mkdirSync(out, { recursive: true });
  } catch (error) {
    throw new CommandFailed(fileFault(`--out ${out}`, error), EXIT.usage);
  }
  const open = (name: FileName) => openFile(pathOf(out, name));
  return {
    transactions: await open('transactions'),
    labels: await open('labels'),
    truth: await open('truth'),
  };
}

async function openFile(path: string): Promise<LineFile> {
  const file = createWriteStream(path);
  const failed = (error: unknown) => {
    throw new CommandFailed(fileFault(path, error), EXIT.usage);
  };
  await once(file, 'open').catch(failed);
  const gzip = createGzip();
  return new LineFile(gzip, pipeline(gzip, file).catch(failed));
}
