/**
 * Single submissions over HTTP, each durable before it is answered, as a share of the same server answering without
 * storing: both as fast as 256 connections ask, in turns in one run. With few connections the time of a disk flush
 * would be measured, in which neither they nor the server have anything to do.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startLoad } from './load.ts';
import { median, report } from './report.ts';
import { THIRTY_RULES } from './rules.ts';
import { startServed } from './served.ts';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 2 : 5;
const SECONDS = quick ? 3 : 6;
const CONNECTIONS = 256;

async function startStoreless() {
  const folder = mkdtempSync('data-bench-storeless-');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'storeless-server.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const { url, firstKeys } = JSON.parse(value as string) as { url: string; firstKeys: string };
  const { submit } = JSON.parse(readFileSync(firstKeys, 'utf8')) as { submit: string };
  const { hostname: host, port } = new URL(url);
  return {
    host,
    port: Number(port),
    key: submit,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const load = startLoad();
const storing = await startServed();
const storeless = await startStoreless();
try {
  await storing.activate(THIRTY_RULES);
  const rate = async (host: string, port: number, key: string) => {
    const order = { host, port, key, seconds: SECONDS, connections: CONNECTIONS };
    const { perSecond, statuses } = await load.run(order);
    const refused = Object.entries(statuses).filter(([status]) => status !== '202');
    if (refused.length > 0) throw new Error(`not all were accepted: ${JSON.stringify(statuses)}`);
    return perSecond;
  };
  const withStore: number[] = [];
  const without: number[] = [];
  for (let round = 0; round < ROUNDS + 1; round++) {
    without.push(await rate(storeless.host, storeless.port, storeless.key));
    withStore.push(await rate(storing.host, storing.port, storing.keys.submit));
  }
  // The first round is spent compiling.
  const ratios = withStore.map((perSecond, i) => perSecond / without[i]!).slice(1);
  report({
    name: 'HTTP single submits, durable',
    value: median(withStore.slice(1)),
    unit: '1/s',
    ratio: median(ratios),
    against: `without storing, ${Math.round(median(without.slice(1)))}/s`,
  });
} finally {
  load.close();
  await storing.stop();
  await storeless.stop();
}
