import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { play } from '../../simulator/play.ts';
import { judge } from '../../simulator/report.ts';
import { reportTable } from '../../simulator/report-table.ts';
import { DEFAULT_SIMULATION, type SimulationOptions, simulate } from '../../simulator/simulate.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { fileFault } from '../file-fault.ts';
import { wholeNumber } from '../number-option.ts';
import { progressLine } from '../progress-line.ts';
import { type ServerOptions, serverOf } from '../server-address.ts';

export interface SimulateOptions extends ServerOptions {
  seed: string;
  cardholders: string;
  days: string;
  rate: string;
  out?: string;
  truth?: string;
  json: boolean;
}

const DAY_MS = 86_400_000;
const CONNECTIONS = 64;
const WAIT_MS = 2_000;

/** Plays a simulated city to a running server and says what was caught, or writes it to a file. */
export async function simulateCity(options: SimulateOptions): Promise<number> {
  const simulation: SimulationOptions = {
    ...DEFAULT_SIMULATION,
    seed: options.seed,
    cardholders: wholeNumber('--cardholders', options.cardholders, 20, 99_999),
    days: wholeNumber('--days', options.days, 10, 400),
    endMs: Date.now(),
  };
  const ratePerSecond = rateOf(options.rate);
  if (options.out !== undefined) return write(simulation, options.out, options.truth);
  const [submit, read, operate] = (['submit', 'read', 'operate'] as const).map((scope) => {
    const server = serverOf(options, scope);
    server.client.close();
    return server.token;
  });
  await playAndJudge(simulation, {
    url: options.url,
    keys: { submit: submit!, read: read!, operate: operate! },
    ratePerSecond,
    json: options.json,
  });
  return EXIT.ok;
}

/** @throws CommandFailed */
export const rateOf = (text: string): number => wholeNumber('--rate', text, 1, 100_000);

export interface PlayedServer {
  url: string;
  keys: { submit: string; read: string; operate: string };
  ratePerSecond: number;
  json: boolean;
}

/** Plays the city, its last days live, and prints the report. */
export async function playAndJudge(simulation: SimulationOptions, server: PlayedServer): Promise<void> {
  const { live } = await play([...simulate(simulation)], {
    url: server.url,
    keys: server.keys,
    liveFromMs: simulation.endMs - simulation.plantedDays * DAY_MS,
    ratePerSecond: server.ratePerSecond,
    connections: CONNECTIONS,
    waitMs: WAIT_MS,
    progress: (label, total) => progressLine(label, total, 'transactions'),
  });
  const report = judge(live);
  process.stdout.write(server.json ? `${JSON.stringify(report)}\n` : `\n${reportTable(report)}\n`);
}

async function write(
  simulation: SimulationOptions,
  out: string,
  truthFile: string | undefined,
): Promise<number> {
  const lines = out === '-' ? process.stdout : await openFile('--out', out);
  const truths = truthFile === undefined ? undefined : await openFile('--truth', truthFile);
  for (const { transaction, truth } of simulate(simulation)) {
    await put(lines, transaction);
    if (truths !== undefined && truth !== null)
      await put(truths, { transactionId: transaction.transactionId, ...truth });
  }
  for (const stream of [lines, truths]) {
    if (stream === undefined || stream === process.stdout) continue;
    stream.end();
    await finished(stream);
  }
  return EXIT.ok;
}

async function openFile(option: string, path: string): Promise<Writable> {
  const file = createWriteStream(path);
  await once(file, 'open').catch((error: Error) => {
    throw new CommandFailed(fileFault(`${option} ${path}`, error), EXIT.usage);
  });
  return file;
}

async function put(stream: Writable, value: object): Promise<void> {
  if (!stream.write(`${JSON.stringify(value)}\n`)) await once(stream, 'drain');
}
