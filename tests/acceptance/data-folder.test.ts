import { closeSync, cpSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { apiWith } from '../support/api.ts';
import { type Deployment, type Home, newHome, StartRefused } from '../support/deployment.ts';
import { payment, WAITING } from '../support/payments.ts';
import { shrike } from '../support/shrike.ts';

/** How a refusal ends. */
const COMMAND = /(?:run|rebuild it): shrike (.*)$/;
const EMBEDDED = 'of the embedded deployment';

let home: Home;
let backup: string;
let asItWas: Home;

const inFolder = (name: string) => join(home.folder, name);

beforeAll(async () => {
  asItWas = newHome();
  const server = await asItWas.start();
  backup = join(asItWas.folder, 'backup');
  await pay(server);
  await shrike(['backup', backup, '--data', asItWas.folder]);
  await pay(server);
  await server.stop();
  home = newHome();
});
afterAll(() => Promise.all([home.remove(), asItWas.remove()]));
beforeEach(async () => {
  await home.remove();
  cpSync(asItWas.folder, home.folder, { recursive: true, filter: (path) => path !== backup });
});

async function pay(server: Deployment): Promise<number> {
  const { body } = await apiWith(server, server.keys.submit).post(
    '/v1/transactions',
    payment({ accountId: 'payer' }),
    WAITING,
  );
  return body.revision;
}

/** The command a refusal names, given the backup it may need. */
async function refusedWith(): Promise<{ message: string; command: string[] }> {
  const error = await home.start().then(
    () => undefined,
    (refused: unknown) => refused,
  );
  expect(error).toBeInstanceOf(StartRefused);
  const { message, exitCode } = error as StartRefused;
  expect([exitCode, message.split('\n')]).toEqual([3, [expect.stringMatching(COMMAND)]]);
  const command = COMMAND.exec(message)![1]!.split(' ');
  return { message, command: command.map((word) => (word === 'BACKUP' ? backup : word)) };
}

async function mendedBy(command: string[]): Promise<void> {
  expect(command).toContain(home.folder);
  const mended = await shrike(command);
  expect([command, mended.code, mended.stderr.includes('shrike: ')]).toEqual([command, 0, false]);
}

async function serves(revision: number): Promise<void> {
  const server = await home.start();
  expect(await pay(server)).toBe(revision);
  await server.stop();
}

test(`one that another process uses is refused, ${EMBEDDED}`, async () => {
  const server = await home.start();
  const second = await home.start().catch((error: StartRefused) => error);
  expect(second).toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/is in use by process \d+: .*run: kill \d+/),
  });
  expect(await pay(server)).toBe(2);
});

test(`a store older than its views is refused until they are rebuilt, ${EMBEDDED}`, async () => {
  const restored = await shrike(['restore', backup, '--data', home.folder]);
  expect(restored.code).toBe(0);
  const { message, command } = await refusedWith();
  expect(message).toContain('older than');
  expect(command[0]).toBe('replay');
  await mendedBy([...command, '--projection', 'decisions']);
  // The views are next.
  const view = await refusedWith();
  expect(view.message).toMatch(/the view [\w-]+ is newer than the store/);
  await mendedBy(view.command);
  await mendedBy(command);
  await serves(1);
  const verified = await shrike(['verify', '--data', home.folder]);
  expect(verified.stdout).toContain('2 decisions, 0 differ');
});

test.each(['risk.db', 'views.db'])(
  `a damaged %s is refused until it is rebuilt, ${EMBEDDED}`,
  async (name) => {
    overwrite(inFolder(name));
    const { message, command } = await refusedWith();
    expect(message).toContain(name);
    await mendedBy(command);
    await serves(2);
  },
);

test(`a damaged store is refused until a backup is restored, ${EMBEDDED}`, async () => {
  overwrite(inFolder('facts.db'));
  const { message, command } = await refusedWith();
  expect([message.includes('facts.db'), command[0]]).toEqual([true, 'restore']);
  await mendedBy(command);
  await mendedBy((await refusedWith()).command);
  await serves(1);
});

test.each([
  ['facts.db', 'restore'],
  ['views.db', 'replay'],
])(`a newer format of %s is refused until %s, ${EMBEDDED}`, async (name, mending) => {
  const database = new DatabaseSync(inFolder(name));
  database.exec('PRAGMA user_version = 99');
  database.close();
  const { message, command } = await refusedWith();
  expect(message).toMatch(new RegExp(`${name} has format 99, newer than format \\d+`));
  expect(command[0]).toBe(mending);
  await mendedBy(command);
});

test(`damage in the middle of a large value is found too, ${EMBEDDED}`, async () => {
  const path = inFolder('facts.db');
  const bytes = readFileSync(path);
  const at = bytes.lastIndexOf('"amountMinor":100');
  expect(at).toBeGreaterThan(0);
  bytes.write('"amountMinor":900', at);
  writeFileSync(path, bytes);
  const { message, command } = await refusedWith();
  expect([message.includes('damaged'), command[0]]).toEqual([true, 'restore']);
});

/** As a bad disk might. */
function overwrite(path: string): void {
  // The last to leave merges the log into the file: it would else hide the damage.
  const database = new DatabaseSync(path);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(4_096, 0xa5), 0, 4_096, 0);
  closeSync(file);
}
