import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultFile } from '../../default-files.ts';
import { DEFAULT_SIMULATION } from '../../simulator/simulate.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { interruption } from '../interruption.ts';
import { wholeNumber } from '../number-option.ts';
import { serverOf } from '../server-address.ts';
import { type DemoServers, distributedServers, embeddedServers } from './demo-servers.ts';
import { playAndJudge, rateOf } from './simulate.ts';

export interface DemoOptions {
  seed: string;
  rate?: string;
  data?: string;
  port: string;
  exit: boolean;
  json: boolean;
  distributed: boolean;
}

/** Cardholders where engines and processes share one machine. */
const TOWN = 600;

type Keys = Record<'submit' | 'read' | 'work' | 'operate', string>;

/** The real server in processes of its own, a city played to it through the real API, and what was caught. */
export async function demo(options: DemoOptions): Promise<number> {
  const ratePerSecond = rateOf(options.rate ?? (options.distributed ? '200' : '1000'));
  wholeNumber('--port', options.port, 0, 65_535);
  if (options.distributed && options.data !== undefined)
    throw new CommandFailed('--data is for the embedded demo: --distributed keeps nothing', EXIT.usage);
  const interrupted = interruption();
  const folder = options.data ?? mkdtempSync(join(tmpdir(), 'shrike-demo-'));
  const start = options.distributed ? distributedServers : embeddedServers;
  const servers = start({ folder, port: options.port });
  try {
    const isBrokenOff = await Promise.race([
      played(servers, { ...options, ratePerSecond }),
      interrupted.then(() => true),
    ]);
    if (isBrokenOff) return EXIT.brokenOff;
    if (!options.exit) await Promise.race([(await servers).ended, interrupted]);
  } finally {
    await servers.then(
      ({ stop }) => stop(),
      // It was told where it was waited for.
      () => undefined,
    );
    if (options.data === undefined) rmSync(folder, { recursive: true, force: true });
  }
  return EXIT.ok;
}

/** @returns that it was not broken off */
async function played(
  servers: Promise<DemoServers>,
  { seed, exit, json, distributed, ratePerSecond }: DemoOptions & { ratePerSecond: number },
): Promise<false> {
  const { url, firstKeys } = await servers;
  const keys = JSON.parse(readFileSync(firstKeys, 'utf8')) as Keys;
  await publishRates(url, keys.operate);
  const city = distributed ? { ...DEFAULT_SIMULATION, cardholders: TOWN } : DEFAULT_SIMULATION;
  const simulation = { ...city, seed, endMs: Date.now() };
  await playAndJudge(simulation, { url, keys, ratePerSecond, json });
  if (!exit) process.stdout.write(examples(url, keys));
  return false;
}

async function publishRates(url: string, key: string): Promise<void> {
  const server = serverOf({ url, key, data: '' }, 'operate');
  const body = readFileSync(defaultFile('rates.json'), 'utf8');
  await server.call({ method: 'PUT', path: '/v1/rates', body });
  server.client.close();
}

function examples(url: string, keys: Keys): string {
  const get = (path: string) => `  curl -s -H 'Authorization: Bearer ${keys.read}' '${url}${path}'\n`;
  return [
    `The server stays up on ${url} (Ctrl-C ends it; the page to try the API is ${url}/docs). Alerts, worst first seen:\n`,
    get('/v1/alerts?decision=decline&limit=3'),
    'What a rule set says, how far each stage is, and everything as it happens:\n',
    get('/v1/rulesets'),
    get('/v1/status'),
    get('/v1/live'),
    'Submit one yourself and wait for the decision:\n',
    `  curl -s -H 'Authorization: Bearer ${keys.submit}' -H 'Prefer: wait=1' -H 'Content-Type: application/json' \\\n`,
    `    -d '{"transactionId":"my-1","accountId":"me","amountMinor":1250,"currency":"EUR","occurredAt":"${new Date().toISOString()}"}' \\\n`,
    `    ${url}/v1/transactions\n`,
  ].join('');
}
