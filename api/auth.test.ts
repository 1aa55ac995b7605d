import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { InjectOptions } from 'fastify';
import { buildServer } from './server.ts';
import { SCOPES, type Scope } from './services.ts';
import { fakeServices, TOKENS } from './testing/fake-services.ts';
import { testServer } from './testing/test-server.ts';

const server = testServer();
const { app, services } = server;
beforeAll(async () => {
  await app.ready();
});
afterAll(() => app.close());

/** What each route needs. Written out: a route that is added must be added here too. */
const NEEDED: Record<string, Scope | Scope[] | 'public'> = {
  'POST /v1/transactions': 'submit',
  'POST /v1/transactions/batch': 'submit',
  'POST /v1/score': 'submit',
  'POST /v1/labels': ['submit', 'work'],
  'POST /v1/labels/batch': ['submit', 'work', 'operate'],
  'POST /v1/transactions/:transactionId/outcome': 'submit',
  'POST /v1/transactions/:transactionId/reversal': 'submit',
  'GET /v1/transactions/:transactionId': 'read',
  'GET /v1/transactions/:transactionId/explanation': 'read',
  'POST /v1/transactions/:transactionId/explanation': 'read',
  'GET /v1/accounts/:accountId': 'read',
  'GET /v1/accounts/:accountId/transactions': 'read',
  'POST /v1/accounts/:accountId/facts/:revision/exclude': 'operate',
  'POST /v1/accounts/:accountId/facts/:revision/readmit': 'operate',
  'GET /v1/alerts': 'read',
  'GET /v1/alerts/:alertId': 'read',
  'POST /v1/alerts/:alertId/claim': 'work',
  'POST /v1/alerts/:alertId/release': 'work',
  'POST /v1/alerts/:alertId/notes': 'work',
  'POST /v1/alerts/:alertId/close': 'work',
  'GET /v1/rulesets': 'read',
  'GET /v1/rulesets/:name/history': 'read',
  'GET /v1/rulesets/:name/versions/:version': 'read',
  'GET /v1/rulesets/:name/versions/:version/difference': 'read',
  'POST /v1/rulesets': 'operate',
  'POST /v1/rulesets/:name/activate': 'operate',
  'POST /v1/rulesets/:name/retire': 'operate',
  'POST /v1/rulesets/rollback': 'operate',
  'GET /v1/rates': 'read',
  'PUT /v1/rates': 'operate',
  'GET /v1/backtests': 'read',
  'GET /v1/backtests/:id': 'read',
  'POST /v1/backtests': 'operate',
  'DELETE /v1/backtests/:id': 'operate',
  'GET /v1/lists': 'read',
  'GET /v1/lists/:name': 'read',
  'PUT /v1/lists/:name': 'operate',
  'POST /v1/lists/:name/entries': ['work', 'operate'],
  'DELETE /v1/lists/:name/entries/:value': ['work', 'operate'],
  'POST /v1/lists/:name/removals': ['work', 'operate'],
  'GET /v1/live': 'read',
  'GET /v1/status': 'read',
  'GET /metrics': 'read',
  'GET /health/live': 'public',
  'GET /health/ready': 'public',
  'GET /openapi.json': 'public',
};
const GUARDED = Object.entries(NEEDED)
  .filter(([, scope]) => scope !== 'public')
  .map(([route, scope]) => ({
    route,
    method: route.split(' ')[0]!,
    url: route.split(' ')[1]!,
    scopes: [scope].flat() as Scope[],
  }));

type Method = NonNullable<InjectOptions['method']>;
const ask = async (method: string, url: string, headers: Record<string, string> = {}) => {
  const {
    statusCode,
    headers: answered,
    body,
  } = await app.inject({ method: method as Method, url, headers });
  return { status: statusCode, headers: answered, body };
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test('every route is in the table above, and none beside it but the pages to try them', () => {
  const routes = [...app.routeTable]
    .filter(([url]) => !url.startsWith('/docs'))
    .flatMap(([url, methods]) =>
      [...methods].filter((method) => method !== 'HEAD').map((method) => `${method} ${url}`),
    );
  expect(routes.sort()).toEqual(Object.keys(NEEDED).sort());
});

describe.each(GUARDED)('$route', ({ method, url, scopes }) => {
  const others = SCOPES.filter((other) => !scopes.includes(other));
  const token = TOKENS[scopes[0]!];

  test('tells nothing without a good key', async () => {
    services.controls.keys.delete('shk_revoked_s');
    const bad = [
      {},
      bearer(''),
      bearer('shk_revoked_s'),
      bearer(`${token} `.repeat(2)),
      { authorization: token },
      { authorization: `Basic ${token}` },
      { 'x-api-key': '' },
      { 'x-api-key': token.slice(0, -1) },
      { cookie: `authorization=Bearer ${token}` },
    ];
    for (const headers of bad) {
      const { status, headers: answered, body } = await ask(method, url, headers as Record<string, string>);
      expect(status).toBe(401);
      expect(answered['www-authenticate']).toMatch(/^Bearer/);
      expect(answered['content-type']).toMatch(/^application\/problem\+json/);
      expect(JSON.parse(body).type).toBe('https://shrike.dev/problems/unauthenticated');
    }
  });

  test.each(others)('refuses a key that only has %s, naming what it needs', async (other) => {
    const { status, body } = await ask(method, url, bearer(TOKENS[other]));
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({
      type: 'https://shrike.dev/problems/forbidden',
      neededScope: scopes.join(' or '),
    });
  });

  test('no other way of writing the path or method gets by', async () => {
    const paths = [
      url.toUpperCase(),
      `/${url}`,
      url.replace('/v1/', '/v1//'),
      `${url}/`,
      url.replace('/v1/', '/%76%31/'),
      url.replace('/v1/', '/v1/%2e/'),
      url.replace('/v1/', '/x/../v1/'),
      `${url};a=b`,
      `${url}%00`,
      `${url}#x`,
      `/./${url}`,
    ];
    const methods = ['HEAD', 'OPTIONS', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'];
    for (const path of paths) expect([path, (await ask(method, path)).status]).toEqual([path, 401]);
    for (const other of methods) expect([other, (await ask(other, url)).status]).toEqual([other, 401]);
    const [other] = others;
    for (const path of paths)
      expect((await ask(method, path, bearer(TOKENS[other!]))).status).not.toBeLessThan(400);
  });
});

test('X-Api-Key does as well; Authorization comes first', async () => {
  expect((await ask('GET', '/v1/status', { 'x-api-key': TOKENS.read })).status).toBe(200);
  expect(
    (await ask('GET', '/v1/status', { ...bearer('shk_wrong_s'), 'x-api-key': TOKENS.read })).status,
  ).toBe(401);
});

test('an import needs operate, and only that', async () => {
  const post = (token: string, query: string) =>
    ask('POST', `/v1/transactions/batch${query}`, { ...bearer(token), 'content-type': 'application/json' });
  expect((await post(TOKENS.submit, '?origin=import')).status).toBe(403);
  expect((await post(TOKENS.operate, '?origin=import')).status).toBe(400);
  expect((await post(TOKENS.operate, '')).status).toBe(403);
  expect((await post(TOKENS.submit, '?origin=import&origin=live')).status).toBe(400);
  expect((await post(TOKENS.submit, '?origin=live&origin=import')).status).toBe(400);
});

test('what is public needs no key', async () => {
  for (const path of [
    '/health/live',
    '/health/ready',
    '/openapi.json',
    '/docs',
    '/docs/',
    '/docs/static/swagger-ui-bundle.js',
  ]) {
    expect([path, (await ask('GET', path)).status]).toEqual([path, 200]);
  }
  for (const path of [
    '/docs/../v1/status',
    '/docs/static/../../package.json',
    '/docs/static/%2e%2e/package.json',
    '/docs/x',
    '/docsx',
  ]) {
    expect([200, 302]).not.toContain((await ask('GET', path)).status);
  }
});

test('a route without a declared scope makes the server refuse to start', async () => {
  const other = buildServer(fakeServices(), { version: '0', report: () => undefined });
  expect(() => other.get('/v1/forgotten', async () => 'secret')).toThrow(
    /GET \/v1\/forgotten declares no scope/,
  );
  await other.close();
});
