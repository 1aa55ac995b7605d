import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Deployment, type Home, newHome } from '../support/deployment.ts';
import { RULES } from '../support/payments.ts';
import { SHRIKE, shrike } from '../support/shrike.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-cli-'));
const rules = join(folder, 'rules.yaml');
const badRules = join(folder, 'bad.yaml');
const nowhere = join(folder, 'nowhere');
writeFileSync(rules, RULES);
writeFileSync(
  badRules,
  RULES.replace('aggregate: count', 'aggregate: cout').replace('review: 50', 'review: 90'),
);

let home: Home;
let server: Deployment;

beforeAll(async () => {
  home = newHome();
  server = await home.start();
});
afterAll(async () => {
  await home.remove();
  rmSync(folder, { recursive: true });
});

/** Several at once, as many as the machine has use for. */
async function each<T>(cases: readonly T[], check: (one: T) => Promise<void>): Promise<void> {
  const left = [...cases];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await check(one);
  };
  await Promise.all([worker(), worker(), worker()]);
}

test('wrong calls end with 2 and one line that names what is wrong', async () => {
  const wrong: [string, RegExp][] = [
    ['nonsense', /unknown command 'nonsense'/],
    ['serve --colour red', /unknown option '--colour'/],
    [
      `serve --data ${nowhere} --port abc`,
      /--port \(SHRIKE_PORT\) must be a whole number from 0 to 65535, not "abc"/,
    ],
    [`serve --data ${nowhere} --base-currency euro`, /--base-currency .* such as EUR, not "euro"/],
    [`score --rules ${rules}`, /required option '--transactions <file>'/],
    [`score --rules ${nowhere} --transactions ${rules}`, /nowhere: there is no such file/],
    [`score --rules ${rules} --transactions ${nowhere}`, /--transactions .*nowhere: there is no such file/],
    [`score --rules ${rules} --transactions ${folder}`, /--transactions .*: is a folder, not a file/],
    [`import ${rules} --data ${nowhere}`, /a key of scope operate is needed: give --key or SHRIKE_KEY/],
    [
      `import ${rules} --key x --url nonsense`,
      /--url must be such as http:\/\/127.0.0.1:8080, not "nonsense"/,
    ],
    [`verify --data ${nowhere}`, /nowhere is no data folder/],
    [`explain t-1 --data ${nowhere}`, /nowhere is no data folder/],
    ['explain t-1 --events many', /--events must be a whole number from 0 to 100000, not "many"/],
    [`explain t-1 --rules ${nowhere}`, /nowhere: there is no such file/],
    ['explain', /missing required argument 'transaction'/],
    ['replay --projection colours', /--projection: "colours" is none of decisions, alerts, rule-sets, rates/],
    [
      `keys create --data ${folder} --name a --scopes red`,
      /--scopes: "red" is none of submit, read, work, operate/,
    ],
    ['simulate --days 3 --out -', /--days must be a whole number from 10 to 400, not "3"/],
    ['demo --rate fast --exit', /--rate must be a whole number from 1 to 100000, not "fast"/],
    ['rules activate cards two', /version must be a whole number from 1 .*, not "two"/],
  ];
  await each(wrong, async ([line, message]) => {
    const { code, stdout, stderr } = await shrike(line.split(' '));
    expect([line, code, stdout, stderr.trim().split('\n')]).toEqual([
      line,
      2,
      '',
      [expect.stringMatching(message)],
    ]);
    expect(stderr).toMatch(/^shrike: /);
  });
});

test('what is refused now ends with 3 and says what mends it', async () => {
  const port = new URL(server.url).port;
  const refused: [string, RegExp][] = [
    [
      `serve --data ${folder}/new --port ${port}`,
      /is in use by another program: stop it, or take another port \(--port/,
    ],
    [`serve --data ${home.folder}`, /is in use by process \d+: .* run: kill \d+/],
    [`serve --data ${rules}`, /--data .*rules.yaml: exists already, and is no folder/],
    [
      `import ${rules} --key x --url http://127.0.0.1:1`,
      /127.0.0.1:1 did not answer.*is the server running\? \(npm start, or --url\)/,
    ],
    [`import ${rules} --key x --url ${server.url}`, /401 .*unknown, malformed or revoked/],
    [
      `import ${rules} --key ${server.keys.read} --url ${server.url}`,
      /403 .*does not have the scope operate/,
    ],
    [
      `rules activate cards 2 --data ${home.folder} --url ${server.url}`,
      /cards version 2 was never published/,
    ],
    [
      `keys revoke none --data ${home.folder}`,
      /there is no key none; "shrike keys list" shows those there are/,
    ],
    [`restore ${nowhere} --data ${folder}/new2`, /nowhere is no backup/],
  ];
  await each(refused, async ([line, message]) => {
    const { code, stderr } = await shrike(line.split(' '));
    expect([line, code, stderr.trim().split('\n')]).toEqual([line, 3, [expect.stringMatching(message)]]);
  });
});

test('a wrong rule set ends with 1, by check as by publish, with everything at once where it stands', async () => {
  const checked = await shrike(['rules', 'check', badRules]);
  const published = await shrike(['rules', 'publish', badRules, '--url', server.url, '--data', home.folder]);
  expect([checked.code, published.code, published.stdout]).toEqual([1, 1, checked.stdout]);
  expect(checked.stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/bad.yaml:3:\d+ features.count_1h.aggregate must be one of .*did you mean "count"/),
    expect.stringMatching(/bad.yaml:12:\d+ thresholds.review must not be above decline/),
  ]);
});

test('a right rule set is checked, published and put in force', async () => {
  const checked = await shrike(['rules', 'check', rules]);
  expect([checked.code, checked.stdout]).toEqual([
    0,
    expect.stringMatching(/5 features, 3 rules: in order\n.*bytes an event/),
  ]);
  const calling = ['--url', server.url, '--data', home.folder];
  const published = await shrike(['rules', 'publish', rules, '--activate', ...calling]);
  expect([published.code, published.stdout]).toEqual([
    0,
    expect.stringMatching(
      /^acceptance version 1 is published\nacceptance version 1 is in force after position \d+\n$/,
    ),
  ]);
  const activated = await shrike(['rules', 'activate', 'card-payments', '1'], {
    SHRIKE_URL: server.url,
    SHRIKE_KEY: server.keys.operate,
  });
  expect([activated.code, activated.stdout]).toEqual([
    0,
    expect.stringMatching(/^card-payments version 1 is in force after/),
  ]);
});

test('the life of rule sets: compared, rolled back, retired, looked back on', async () => {
  const calling = ['--url', server.url, '--data', home.folder];
  const called = async (...args: string[]) => {
    const { code, stdout, stderr } = await shrike(['rules', ...args, ...calling]);
    return [code, stdout, stderr];
  };
  expect(await called('diff', 'card-payments@1', 'card-payments@1')).toEqual([
    0,
    'both decide and record the same\n',
    '',
  ]);
  const other = join(home.folder, 'other.yaml');
  writeFileSync(other, RULES.replace('points: 60', 'points: 65'));
  expect((await called('diff', rules, other))[1]).toBe('rule much: points: 60 -> 65\n');
  expect((await called('diff', rules, 'card-payments@1'))[0]).toBe(2);
  expect((await called('diff', 'card-payments@1', 'card-payments@9'))[0]).toBe(3);
  expect((await called('retire', 'card-payments', '1', '--reason', 'x')).slice(0, 2)).toEqual([3, '']);
  expect((await called('rollback', '--reason', 'once more'))[1]).toMatch(
    /^acceptance version 1 is in force again after position \d+\n$/,
  );
  expect((await called('retire', 'card-payments', '1', '--reason', 'not ours'))[1]).toBe(
    'card-payments version 1 is retired\n',
  );
  const [code, , stderr] = await called('activate', 'card-payments', '1');
  expect([code, stderr]).toEqual([3, expect.stringContaining('version 1 was retired')]);
  expect((await called('history', 'card-payments'))[1]).toMatch(
    /version 1 retired by first operate key: not ours\n$/,
  );
  expect((await called('list'))[1]).toMatch(
    /^card-payments 1 {2}retired, published .*\nacceptance 1 {2}in force/,
  );
});

test('every command has a help text, and the version is that of the package', async () => {
  const commands = ['', 'serve', 'score', 'rules publish', 'keys create'];
  await each(commands, async (command) => {
    const { code, stdout, stderr } = await shrike(
      [...command.split(' ').filter((word) => word !== ''), '--help'],
      { SHRIKE_KEY: 'shk_mine' },
    );
    expect([command, code, stderr, stdout.split('\n')[0]]).toEqual([
      command,
      0,
      '',
      expect.stringMatching(`^Usage: shrike ${command}`),
    ]);
    expect(stdout).not.toContain('shk_mine');
  });
  // The file itself, as npx runs it.
  expect(execFileSync(SHRIKE, ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
});
