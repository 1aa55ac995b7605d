import { afterAll, describe, expect, test } from '@jest/globals';
import { testServer } from '../testing/test-server.ts';

const { app, ask, services } = testServer();
afterAll(() => app.close());

describe('rule sets', () => {
  const publish = (payload: string | object, type: string) =>
    ask({ method: 'POST', url: '/v1/rulesets', payload, headers: { 'content-type': type } });

  test('are published as YAML or in JSON, read back with their source, and activated', async () => {
    const first = await publish('name: cards\n', 'application/yaml');
    expect([first.status, first.body.name, first.body.version, first.body.active]).toEqual([
      201,
      'cards',
      1,
      false,
    ]);
    const second = await publish({ source: 'name: cards\n# better\n' }, 'application/json');
    expect([second.status, second.body.version, second.body.publishedBy]).toEqual([201, 2, 'every scope']);
    const again = await publish({ source: 'name: cards\n# better\n' }, 'application/json');
    expect([again.status, again.body.version]).toEqual([200, 2]);
    const activated = await ask({
      method: 'POST',
      url: '/v1/rulesets/cards/activate',
      payload: { version: 2 },
    });
    expect(activated.body).toEqual({
      name: 'cards',
      version: 2,
      position: String(services.controls.log.head),
    });
    const { body } = await ask({ url: `/v1/rulesets?after=${activated.body.position}` });
    expect(
      body.ruleSets.map(({ version, active }: { version: number; active: boolean }) => [version, active]),
    ).toEqual([
      [1, false],
      [2, true],
    ]);
    expect((await ask({ url: '/v1/rulesets/cards/versions/1' })).body).toMatchObject({
      version: 1,
      source: 'name: cards\n',
    });
  });

  test('a bad one is refused with everything wrong, by line and column', async () => {
    const { status, body } = await publish('nam: cards\n', 'application/yaml');
    expect([status, body.type]).toEqual([400, 'https://shrike.dev/problems/invalid-rule-set']);
    expect(body.errors).toEqual([
      { line: 1, column: 1, path: 'name', problem: 'name is missing', suggestion: 'name: cards' },
    ]);
    expect(body.detail).toBe('Line 1: name is missing.');
  });

  test('what there is not is 404, what is no request is 400', async () => {
    expect(
      (await ask({ method: 'POST', url: '/v1/rulesets/cards/activate', payload: { version: 9 } })).status,
    ).toBe(404);
    expect((await ask({ url: '/v1/rulesets/cards/versions/9' })).status).toBe(404);
    expect((await ask({ url: '/v1/rulesets/cards/versions/x' })).status).toBe(400);
    expect(
      (await ask({ method: 'POST', url: '/v1/rulesets/cards/activate', payload: { version: '1' } })).status,
    ).toBe(400);
    expect((await publish('x'.repeat(257 * 1024), 'application/yaml')).status).toBe(413);
    expect((await publish(Buffer.from([0xff]), 'application/yaml')).status).toBe(400);
  });
});

describe('rates', () => {
  test('are published and read back', async () => {
    expect((await ask({ url: '/v1/rates' })).status).toBe(404);
    const put = await ask({
      method: 'PUT',
      url: '/v1/rates',
      payload: { base: 'EUR', rates: { USD: '0.92' } },
    });
    expect([put.status, put.body.version]).toEqual([200, 1]);
    const { body } = await ask({ url: `/v1/rates?after=${put.body.position}` });
    expect(body).toMatchObject({ version: 1, base: 'EUR', rates: { USD: '0.92' }, by: 'every scope' });
  });

  test.each([
    [{ base: 'EUR', rates: { USD: 0.92 } }, 'rates.USD'],
    [{ base: 'EUR', rates: { USD: '-1' } }, 'rates.USD'],
    [{ base: 'EURO', rates: {} }, 'base'],
    [{ rates: {} }, 'base'],
  ])('%j is 400', async (payload, field) => {
    const { status, body } = await ask({ method: 'PUT', url: '/v1/rates', payload });
    expect([status, body.errors[0].field]).toEqual([400, field]);
  });
});

describe('health and status', () => {
  test('ready says why it is not', async () => {
    expect((await ask({ url: '/health/live' })).body).toEqual({ status: 'live' });
    expect((await ask({ url: '/health/ready' })).body).toEqual({ status: 'ready' });
    services.controls.notReady = ['the store is starting'];
    const { status, body } = await ask({ url: '/health/ready' });
    expect([status, body.detail]).toEqual([503, 'the store is starting.']);
  });

  test('status has the position and lag of every stage', async () => {
    const { body, headers } = await ask({ url: '/v1/status' });
    expect(body).toMatchObject({
      position: String(services.controls.log.head),
      stages: [{ name: 'risk', lag: 0 }],
    });
    expect(headers['shrike-position']).toBe(body.position);
  });
});

describe('the description', () => {
  test('is OpenAPI 3.1, has every route, what it needs, and how it fails', async () => {
    const { body } = await ask({ url: '/openapi.json' });
    expect(body.openapi).toBe('3.1.0');
    const described = Object.entries<
      Record<string, { security: Record<string, string[]>[]; responses: object }>
    >(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security, responses }]) => ({
        route: `${method.toUpperCase()} ${path}`,
        security,
        responses,
      })),
    );
    const routes = [...app.routeTable]
      .filter(([url]) => !url.startsWith('/docs') && url !== '/openapi.json')
      .flatMap(([url, methods]) =>
        [...methods]
          .filter((method) => method !== 'HEAD')
          .map((method) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`),
      );
    expect(described.map(({ route }) => route).sort()).toEqual(routes.sort());
    for (const { route, security, responses } of described.filter(
      (each) => !each.route.includes('/health/'),
    )) {
      expect([route, security[0]?.bearer]).toEqual([
        route,
        [expect.stringMatching(/^(submit|read|work|operate)$/)],
      ]);
      expect([route, Object.keys(responses)]).toEqual([route, expect.arrayContaining(['default'])]);
    }
    expect(JSON.stringify(body)).not.toMatch(/#\/definitions/);
  });

  test('the page to try it loads nothing from elsewhere', async () => {
    const { text, headers } = await ask({ url: '/docs/' });
    expect(text).not.toMatch(/(src|href)="?(https?:)?\/\//);
    expect(headers['content-security-policy']).toMatch(/default-src 'self'/);
    expect(headers['content-security-policy']).not.toMatch(/https?:|upgrade-insecure/);
  });
});

test('another method is 405 with those there are; another path is 404', async () => {
  const wrong = await ask({ method: 'DELETE', url: '/v1/transactions/t-1' });
  expect([wrong.status, wrong.headers.allow]).toEqual([405, 'GET, HEAD']);
  expect((await ask({ method: 'OPTIONS', url: '/v1/transactions' })).headers.allow).toBe('POST');
  for (const url of ['/v1', '/', '/v1/status/', '//v1/status', '/v1/alerts/x/y', '/V1/status']) {
    const { status, body } = await ask({ url });
    expect([url, status, body.type]).toEqual([url, 404, 'https://shrike.dev/problems/not-found']);
  }
});
