import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type Api, apiWith } from '../support/api.ts';
import { shrike } from '../support/shrike.ts';
import { begunCampaign, type Campaign, settle } from './campaign.ts';
import { compare } from './comparison.ts';
import { remove } from './folders.ts';
import { enter, noteAnswer } from './ledger.ts';
import { keysIn, startVictim } from './victim.ts';

const CLIENTS = 8;
const ROOM_BYTES = 100_000;

const has = (program: string, ...args: string[]) =>
  process.platform === 'linux' && spawnSync(program, args).status === 0;
/** Tracing another process needs more than the program: some machines forbid it. */
const canTrace = () => has('strace', '-f', '-o', '/dev/null', 'true');

(has('prlimit', '--version') ? test : test.skip)(
  'a full disk: nothing is acknowledged that is not stored; with room again the server goes on by itself',
  () =>
    goesOnAfter('full disk', async (pid, folder, untilItFails) => {
      // A limit on the size of files stands for it: writes beyond it fail.
      limitFiles(pid, String(largestFile(folder) + ROOM_BYTES));
      await untilItFails();
      limitFiles(pid, 'unlimited');
    }),
  90_000,
);

// Only `npm run test:faults` asks for what few machines have.
if (process.env.SHRIKE_FAULT_SYNC === 'true') {
  (canTrace() ? test : test.skip)(
    'a disk that fails to sync: nothing is acknowledged; when it syncs again the server goes on by itself',
    () =>
      goesOnAfter('failing sync', async (pid, _, untilItFails) => {
        const failing = await failEverySync(pid);
        expect((await untilItFails()).stored).toBe(0);
        await failing.end();
      }),
    90_000,
  );
}

type Failure = (pid: number, folder: string, untilItFails: () => Promise<Outcome>) => Promise<void>;

/** A server that takes submissions before, while and after its disk fails; what failed is sent again in the end. */
async function goesOnAfter(seed: string, failure: Failure): Promise<void> {
  const campaign = await begunCampaign(seed);
  const { folder, ledger } = campaign;
  const victim = startVictim(folder, { mayComplain: true });
  try {
    const url = (await victim.serving)!;
    const keys = keysIn(folder);
    const submitter = apiWith({ url }, keys.submit);
    await submitUntil(campaign, submitter, ({ stored }) => stored >= 200);
    await failure(victim.pid, folder, () => submitUntil(campaign, submitter, ({ failed }) => failed >= 50));
    await submitUntil(campaign, submitter, ({ stored }) => stored >= 200);
    await settle(campaign, { url, keys });
    await victim.stop();

    const { faults, decisions } = compare(folder, ledger);
    expect(faults.slice(0, 20)).toEqual([]);
    const { stdout } = await shrike(['verify', '--data', folder, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ decisions, differ: 0 });
  } finally {
    await victim.kill();
    remove(folder);
  }
}

interface Outcome {
  stored: number;
  failed: number;
}

/** Several clients submit new payments. */
async function submitUntil(
  { ledger, payments }: Campaign,
  submitter: Api,
  isEnough: (outcome: Outcome) => boolean,
): Promise<Outcome> {
  const outcome = { stored: 0, failed: 0 };
  async function client(): Promise<void> {
    while (!isEnough(outcome)) {
      const entry = enter(ledger, payments.next(0));
      entry.sent++;
      const { status, body } = await submitter.post('/v1/transactions', entry.transaction);
      if (status >= 500) {
        // Whoever is told so may send it again, and does in the end.
        expect([status, body.type]).toEqual([503, expect.stringContaining('store-failed')]);
        outcome.failed++;
      } else if (noteAnswer(ledger, entry, status, body)) outcome.stored++;
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return outcome;
}

function limitFiles(pid: number, bytes: string): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`prlimit: ${stderr}`);
}

const largestFile = (folder: string): number =>
  Math.max(...readdirSync(folder).map((file) => statSync(join(folder, file)).size));

/** From when it resolves every sync of the process returns an error. */
async function failEverySync(pid: number): Promise<{ end(): Promise<void> }> {
  const syncs = 'fsync,fdatasync';
  const tracer = spawn(
    'strace',
    ['-f', '-o', '/dev/null', '-p', String(pid), '-e', `trace=${syncs}`, '-e', `inject=${syncs}:error=EIO`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(tracer, 'close');
  let said = '';
  tracer.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (!said.includes('attached')) {
    if (tracer.exitCode !== null) throw new Error(`strace: ${said}`);
    await sleep(10);
  }
  return {
    async end() {
      tracer.kill('SIGINT');
      await ended;
    },
  };
}
