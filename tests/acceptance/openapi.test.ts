import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type Api, apiWith } from '../support/api.ts';
import { type Deployment, type Home, newHome } from '../support/deployment.ts';
import { inForce, payment, RULES, SUSPICIOUS_MINOR, WAITING } from '../support/payments.ts';

type Json = { [name: string]: Json };

let home: Home;
let server: Deployment;
let document: Json;
const api = {} as Record<'submit' | 'read' | 'work' | 'operate', Api>;

beforeAll(async () => {
  home = newHome();
  server = await home.start();
  for (const [scope, key] of Object.entries(server.keys))
    api[scope as keyof typeof api] = apiWith(server, key);
  document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Json;
  await inForce(api.operate, RULES);
});
afterAll(() => home.remove());

test('the document is OpenAPI 3.1 whose references all lead somewhere', () => {
  expect(document).toMatchObject({
    openapi: expect.stringMatching(/^3\.1\.\d+$/),
    info: { title: 'Shrike' },
  });
  const references = JSON.stringify(document).match(/"\$ref":"[^"]+"/g) ?? [];
  expect(references.length).toBeGreaterThan(5);
  for (const reference of new Set(references)) {
    const path = (JSON.parse(`{${reference}}`) as { $ref: string }).$ref.split('/').slice(1);
    expect([reference, path.reduce<Json | undefined>((at, name) => at?.[name], document)]).not.toContain(
      undefined,
    );
  }
  const ids = operations().map(({ method, path }) => `${method} ${path}`);
  expect(ids).toEqual(
    expect.arrayContaining(['post /v1/transactions', 'get /v1/live', 'put /v1/rates', 'get /health/ready']),
  );
  for (const { path, operation } of operations()) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const parameters = (operation.parameters ?? []) as unknown as { name: string; in: string }[];
    expect([path, parameters.filter((each) => each.in === 'path').map(({ name }) => name)]).toEqual([
      path,
      named,
    ]);
    expect([path, Object.keys(operation.responses!).length > 0]).toEqual([path, true]);
  }
});

test('what the server answers is what the document says', async () => {
  const sent = payment({ amountMinor: SUSPICIOUS_MINOR, deviceId: 'phone', attributes: { shop: 'north' } });
  const accepted = await api.submit.post('/v1/transactions', sent);
  fits('post', '/v1/transactions', accepted);
  fits('post', '/v1/transactions', await api.submit.post('/v1/transactions', sent, WAITING));
  fits('post', '/v1/transactions', await api.submit.post('/v1/transactions', { ...sent, amountMinor: 1 }));
  fits('post', '/v1/transactions', await api.submit.post('/v1/transactions', {}));
  fits('post', '/v1/transactions/batch', await api.submit.post('/v1/transactions/batch', [sent, {}]));
  fits('post', '/v1/score', await api.submit.post('/v1/score', payment()));
  const after = `after=${accepted.body.position}`;
  fits(
    'get',
    '/v1/transactions/{transactionId}',
    await api.read.get(`/v1/transactions/${sent.transactionId}?${after}`),
  );
  const explanation = '/v1/transactions/{transactionId}/explanation';
  const explained = `/v1/transactions/${sent.transactionId}/explanation?${after}`;
  fits('get', explanation, await api.read.get(explained));
  fits('post', explanation, await api.read.post(explained, { source: RULES }));
  fits('post', explanation, await api.read.post(explained, { source: 'name: x' }));
  fits('get', '/v1/accounts/{accountId}', await api.read.get(`/v1/accounts/${sent.accountId}?${after}`));
  fits(
    'get',
    '/v1/accounts/{accountId}/transactions',
    await api.read.get(`/v1/accounts/${sent.accountId}/transactions`),
  );
  const alerts = await api.read.get(`/v1/alerts?${after}`);
  fits('get', '/v1/alerts', alerts);
  const { alertId } = alerts.body.alerts[0];
  fits('get', '/v1/alerts/{alertId}', await api.read.get(`/v1/alerts/${alertId}`));
  fits(
    'post',
    '/v1/alerts/{alertId}/claim',
    await api.work.post(`/v1/alerts/${alertId}/claim`, { analyst: 'ann' }),
  );
  fits(
    'post',
    '/v1/alerts/{alertId}/claim',
    await api.work.post(`/v1/alerts/${alertId}/claim`, { analyst: 'bob' }),
  );
  const fact = `/v1/accounts/${sent.accountId}/facts/0`;
  for (const what of ['exclude', 'readmit']) {
    const path = `/v1/accounts/{accountId}/facts/{revision}/${what}`;
    fits('post', path, await api.operate.post(`${fact}/${what}?preview=true`));
    fits('post', path, await api.operate.post(`${fact}/${what}`, { reason: 'test' }));
    fits('post', path, await api.operate.post(`${fact}/${what}`, { reason: 'again' }));
  }
  fits('get', '/v1/rulesets', await api.read.get('/v1/rulesets'));
  fits('post', '/v1/rulesets', await api.operate.post('/v1/rulesets', { source: RULES }));
  fits('post', '/v1/rulesets', await api.operate.post('/v1/rulesets', { source: 'name: x' }));
  fits(
    'post',
    '/v1/rulesets/{name}/activate',
    await api.operate.post('/v1/rulesets/acceptance/activate', { version: 1 }),
  );
  const stepped = { version: 1, reason: 'test' };
  for (const [path, body] of [
    ['/v1/rulesets/rollback', {}],
    ['/v1/rulesets/{name}/retire', stepped],
  ] as const)
    fits('post', path, await api.operate.post(path.replace('{name}', 'acceptance'), body));
  fits('get', '/v1/rulesets/{name}/history', await api.read.get('/v1/rulesets/acceptance/history'));
  fits(
    'get',
    '/v1/rulesets/{name}/versions/{version}/difference',
    await api.read.get('/v1/rulesets/acceptance/versions/1/difference?from=1&fromName=card-payments'),
  );
  fits(
    'get',
    '/v1/rulesets/{name}/versions/{version}',
    await api.read.get('/v1/rulesets/acceptance/versions/1'),
  );
  fits('put', '/v1/rates', await api.operate.put('/v1/rates', { base: 'EUR', rates: { USD: '0.9' } }));
  fits('get', '/v1/rates', await api.read.get('/v1/rates'));
  const backtest = await api.operate.post('/v1/backtests', { rules: [{ source: RULES }] });
  fits('post', '/v1/backtests', backtest);
  fits('post', '/v1/backtests', await api.operate.post('/v1/backtests', { rules: [] }));
  fits('get', '/v1/backtests', await api.read.get('/v1/backtests'));
  const { id } = backtest.body;
  fits('get', '/v1/backtests/{id}', await api.read.get(`/v1/backtests/${id}`));
  fits('delete', '/v1/backtests/{id}', await api.operate.delete(`/v1/backtests/${id}`));
  fits('get', '/v1/status', await api.read.get('/v1/status'));
  fits('get', '/health/ready', await api.read.get('/health/ready'));
  expect(() => fits('get', '/v1/status', { ...accepted, body: { version: 1 } })).toThrow();
});

test('the page to try it has nothing from elsewhere, and knows the document', async () => {
  const page = await fetch(`${server.url}/docs`);
  expect([page.status, page.headers.get('content-security-policy')]).toEqual([
    200,
    expect.stringContaining("default-src 'self'"),
  ]);
  const html = await page.text();
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
  const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, path]) => new URL(path!, page.url).href,
  );
  expect(parts.length).toBeGreaterThan(3);
  for (const part of parts) expect([part, (await fetch(part)).status]).toEqual([part, 200]);
});

function operations(): { path: string; method: string; operation: Json }[] {
  return Object.entries(document.paths!).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

/** The answer is of the shape that the document gives for its status. */
function fits(
  method: string,
  path: string,
  { status, headers, body }: { status: number; headers: Headers; body: unknown },
): void {
  const responses = document.paths![path]![method]!.responses!;
  const type = headers.get('content-type')!.split(';')[0]!;
  const schema = (responses[String(status)] ?? responses.default)!.content![type]!.schema!;
  const parsed = schemaOf(schema).safeParse(body);
  if (!parsed.success)
    throw new Error(`${method} ${path} ${status}: ${z.prettifyError(parsed.error)}\n${JSON.stringify(body)}`);
}

function schemaOf(schema: Json): z.ZodType {
  const local = (value: unknown) =>
    JSON.parse(JSON.stringify(value).replaceAll('#/components/schemas/', '#/$defs/')) as object;
  return z.fromJSONSchema({ ...local(schema), $defs: local(document.components!.schemas!) } as never);
}
