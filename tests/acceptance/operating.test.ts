import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, apiWith } from '../support/api.ts';
import { type Deployment, type Home, newHome } from '../support/deployment.ts';
import { newId, pages, payment } from '../support/payments.ts';
import { shrike } from '../support/shrike.ts';

let home: Home;
let server: Deployment;

beforeAll(async () => {
  home = newHome();
  // Room for two waiting submissions only.
  server = await home.start('--queue', '2');
});
afterAll(() => home.remove());

test('health needs no key, status and metrics tell each stage', async () => {
  const bare = async (path: string) => {
    const response = await fetch(server.url + path);
    return [response.status, await response.json()];
  };
  expect(await bare('/health/live')).toEqual([200, { status: 'live' }]);
  expect(await bare('/health/ready')).toEqual([200, { status: 'ready' }]);
  const reader = apiWith(server, server.keys.read);
  const submitter = apiWith(server, server.keys.submit);
  const { body } = await submitter.post('/v1/transactions', payment());
  await submitter.post('/v1/transactions', payment({ currency: 'XXX' }));
  await reader.get(`/v1/alerts?after=${body.position}`);
  const status = await reader.get('/v1/status');
  expect(status.body).toMatchObject({
    position: body.position,
    ruleSet: { name: 'card-payments', version: 1 },
  });
  expect(
    status.body.stages.map(({ name, state, problem }: Record<string, unknown>) => [name, state, problem]),
  ).toEqual(
    ['store', 'risk', 'alerts', 'rule-sets', 'rates', 'lists', 'labels'].map((name) => [
      name,
      'running',
      null,
    ]),
  );
  const metrics = await reader.get('/metrics');
  expect(metrics.headers.get('content-type')).toContain('text/plain');
  for (const line of [
    /^shrike_submissions_total\{outcome="accepted"\} 1$/m,
    /^shrike_submissions_total\{outcome="refused"\} 1$/m,
    /^shrike_refused_fields_total\{field="currency"\} 1$/m,
    /^shrike_stage_lag_positions\{stage="risk"\} \d+$/m,
    /^shrike_risk\{what="duplicates_skipped"\} 0$/m,
    /^shrike_risk\{what="gaps_healed"\} 0$/m,
    /^shrike_submit_seconds_count 1$/m,
  ])
    expect(metrics.body).toMatch(line);
});

test('every route denies by default, and each key opens what its scopes say and no more', async () => {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { security: { bearer: string[] }[] }>>;
  };
  const isPublic = (path: string) => path.startsWith('/health/');
  for (const [path, methods] of Object.entries(paths)) {
    const url = server.url + path.replaceAll(/\{\w+\}/g, '1');
    for (const [method, { security }] of Object.entries(methods)) {
      const knock = async (key?: string) => {
        const response = await fetch(url, {
          method: method.toUpperCase(),
          headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
          signal: AbortSignal.timeout(5_000),
        });
        await response.body?.cancel();
        return response.status;
      };
      expect([path, await knock()]).toEqual([path, isPublic(path) ? 200 : 401]);
      expect([path, await knock(`${server.keys.read}x`)]).toEqual([path, isPublic(path) ? 200 : 401]);
      if (isPublic(path)) continue;
      for (const [scope, key] of Object.entries(server.keys)) {
        const isAllowed = security.some(({ bearer }) => bearer?.includes(scope));
        expect([method, path, scope, (await knock(key)) !== 403]).toEqual([method, path, scope, isAllowed]);
      }
    }
  }
});

test('keys are made, rotated and revoked while the server runs, which notices within a second', async () => {
  const keys = (...args: string[]) => shrike(['keys', ...args, '--data', home.folder]);
  const statusOf = async (token: string) => (await apiWith(server, token).get('/v1/status')).status;
  const noticed = () => new Promise((resolve) => setTimeout(resolve, 600));
  const made = await keys('create', '--name', 'dashboard', '--scopes', 'read,work');
  const token = made.stdout.trim();
  const listed = JSON.parse((await keys('list', '--json')).stdout) as { id: string; name: string }[];
  const { id } = listed.find(({ name }) => name === 'dashboard')!;
  await noticed();
  expect(await statusOf(token)).toBe(200);

  const rotated = (await keys('rotate', id)).stdout.trim();
  await noticed();
  expect([await statusOf(token), await statusOf(rotated)]).toEqual([401, 200]);
  expect((await keys('revoke', id)).code).toBe(0);
  await noticed();
  expect(await statusOf(rotated)).toBe(401);
  expect(await statusOf(server.keys.read)).toBe(200);
});

test('more than the queue holds is told to come again, and what was accepted is never lost', async () => {
  const accountId = newId('a');
  const submitter = apiWith(server, server.keys.submit);
  const sent = Array.from({ length: 400 }, () => payment({ accountId }));
  const answers = new Map<string, Answer>();
  const once = async (waiting: typeof sent) => {
    for (const each of await Promise.all(waiting.map((one) => submitter.post('/v1/transactions', one)))) {
      if (each.status === 202) answers.set(each.body.transactionId, each);
      else {
        expect([each.status, each.body.type]).toEqual([503, expect.stringContaining('overloaded')]);
        expect(Number(each.headers.get('retry-after'))).toBeGreaterThan(0);
      }
    }
    return waiting.filter(({ transactionId }) => !answers.has(transactionId));
  };
  let waiting = await once(sent);
  expect(waiting.length).toBeGreaterThan(0);
  expect(waiting.length).toBeLessThan(sent.length);
  while (waiting.length > 0)
    waiting = await once(waiting.slice(0, 50)).then((left) => [...left, ...waiting.slice(50)]);

  const last = Math.max(...[...answers.values()].map(({ body }) => Number(body.position)));
  const path = `/v1/accounts/${accountId}/transactions?limit=500&order=oldest&after=${last}`;
  const stored = (await pages(apiWith(server, server.keys.read), path, 'transactions')) as Record<
    string,
    unknown
  >[];
  expect(stored.map(({ revision }) => revision)).toEqual(sent.map((_, i) => i));
  for (const { transactionId, revision, position } of stored)
    expect(answers.get(transactionId as string)!.body).toMatchObject({ revision, position });
});
