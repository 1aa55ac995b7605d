import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { inForce, minutesAgo, newId, payment, WAITING } from '../../support/payments.ts';
import type { Ended } from '../../support/shrike.ts';

const rulesOf = (name: string, least: number) => `name: ${name}
features:
  count_1h: { aggregate: count, window: 1h }
  shop_fraud: { aggregate: count, window: 9d, per: merchant, where: 'label == "fraud"' }
  shop_payers: { aggregate: distinct, of: accountId, window: 9d, per: merchant }
rules:
  - { id: bad_shop, when: shop_fraud >= ${least}, points: 60, reason: BAD_SHOP }
  - { id: many, when: count_1h >= 9, points: 60, reason: MANY }
thresholds: { review: 50, decline: 80 }
`;

/** On any deployment. @param shrike the command line about it */
export function explainingSuite<H extends Home>(
  newHome: () => H,
  shrike: (home: H, args: readonly string[]) => Promise<Ended>,
): void {
  const folder = mkdtempSync(join(tmpdir(), 'shrike-explaining-'));
  const stricter = join(folder, 'stricter.yaml');
  let home: H;
  let server: Deployment;
  let submitter: Api;
  let reader: Api;
  let shop: {
    merchantId: string;
    victim: string;
    accountId: string;
    transactionId: string;
    position: string;
  };

  /** A shop where somebody was defrauded; then another pays there. */
  async function payAtBadShop() {
    const merchantId = newId('m');
    const victim = newId('t');
    const of = newId('a');
    const first = payment({ transactionId: victim, accountId: of, merchantId, occurredAt: minutesAgo(50) });
    await submitter.post('/v1/transactions', first, WAITING);
    const label = { transactionId: victim, accountId: of, label: 'fraud', source: 'issuer' };
    await submitter.post('/v1/labels', { ...label, knownAt: minutesAgo(40) });
    const sent = payment({ merchantId, occurredAt: minutesAgo(30) });
    const { body } = await submitter.post('/v1/transactions', sent, WAITING);
    await submitter.post('/v1/labels', { ...label, label: 'genuine', knownAt: minutesAgo(1) });
    expect(body).toMatchObject({ decision: 'review', reasons: ['BAD_SHOP'] });
    const { accountId, transactionId, position } = body;
    return { merchantId, victim, accountId, transactionId, position };
  }

  beforeAll(async () => {
    writeFileSync(stricter, rulesOf('stricter', 2));
    home = newHome();
    server = await home.start();
    submitter = apiWith(server, server.keys.submit);
    reader = apiWith(server, server.keys.read);
    await inForce(apiWith(server, server.keys.operate), rulesOf('shops', 1));
    shop = await payAtBadShop();
  });
  afterAll(async () => {
    await home.remove();
    rmSync(folder, { recursive: true });
  });

  const explanation = () => ({
    transactionId: shop.transactionId,
    accountId: shop.accountId,
    position: shop.position,
    decision: 'review',
    score: 60,
    ruleSet: { name: 'shops', version: 1 },
    lateByMs: 0,
    hits: [{ rule: 'bad_shop', points: 60, reason: 'BAD_SHOP', when: 'shop_fraud >= 1' }],
    features: [
      { name: 'count_1h', value: 1, per: 'account', key: shop.accountId, readBy: [], count: 1 },
      {
        name: 'shop_fraud',
        value: 1,
        per: 'merchantId',
        key: shop.merchantId,
        readBy: ['bad_shop'],
        count: 1,
        // As it was known then, although it is genuine by now.
        events: [{ transactionId: shop.victim, label: 'fraud', isScored: false }],
      },
      {
        name: 'shop_payers',
        value: 2,
        count: 2,
        events: [
          { transactionId: shop.transactionId, label: null, value: shop.accountId, isScored: true },
          { transactionId: shop.victim, label: 'fraud', isScored: false },
        ],
      },
    ],
    differences: [],
    counterfactual: {
      candidates: 1,
      tried: 1,
      changes: [{ event: { transactionId: shop.victim }, decision: 'approve', score: 0, reasons: [] }],
    },
    whatIf: null,
  });

  test('a decision is explained by the events in its windows, as they were known, and by what it hangs on', async () => {
    const path = `/v1/transactions/${shop.transactionId}/explanation`;
    const got = await reader.get(path);
    expect(got).toMatchObject({ status: 200, body: explanation() });
    expect(got.headers.get('shrike-position')).toBe(got.body.asOf);
    const fewer = await reader.get(`${path}?events=1&accountId=${shop.accountId}`);
    expect(fewer.body.features[2]).toMatchObject({
      count: 2,
      events: [{ transactionId: shop.transactionId }],
    });
    expect((await submitter.get(path)).status).toBe(403);
  });

  test('another rule set says what it would have said at the same place', async () => {
    const path = `/v1/transactions/${shop.transactionId}/explanation`;
    const { body } = await reader.post(path, { source: rulesOf('stricter', 2) });
    expect(body).toMatchObject({ ...explanation(), whatIf: expect.anything() });
    expect(body.whatIf).toMatchObject({ name: 'stricter', decision: 'approve', score: 0, hits: [] });
    expect(await reader.post(path, { source: 'name: x' })).toMatchObject({
      status: 400,
      body: { type: expect.stringContaining('invalid-rule-set'), errors: expect.any(Array) },
    });
  });

  test('what is not there, or not one, is refused', async () => {
    const { body: twin } = await submitter.post(
      '/v1/transactions',
      payment({ transactionId: shop.victim }),
      WAITING,
    );
    const ambiguous = await reader.get(`/v1/transactions/${shop.victim}/explanation`);
    expect(ambiguous.status).toBe(409);
    expect(ambiguous.body.accountIds).toContain(twin.accountId);
    expect((await reader.get('/v1/transactions/nothing/explanation')).status).toBe(404);
    const query = await reader.get(`/v1/transactions/${shop.victim}/explanation?events=many`);
    expect(query).toMatchObject({ status: 400, body: { detail: expect.stringContaining('events') } });

    const cli = (...args: string[]) => shrike(home, ['explain', ...args]);
    expect(await cli(shop.victim)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`^shrike: several accounts have a transaction ${shop.victim}: .*${twin.accountId}.*\n$`),
      ),
    });
    expect(await cli(shop.victim, '--account', twin.accountId)).toMatchObject({ code: 0, stderr: '' });
    expect(await cli('nothing')).toMatchObject({
      code: 1,
      stderr: 'shrike: no transaction nothing was decided\n',
    });
  });

  test('the command line says the same beside the running server, as text and as JSON', async () => {
    const text = await shrike(home, ['explain', shop.transactionId, '--rules', stricter]);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    for (const line of [
      'decision     review, score 60 (BAD_SHOP)',
      'bad_shop  60      BAD_SHOP  shop_fraud >= 1',
      'without any one of these it would have been decided otherwise',
      'shop_fraud = 1',
      '  shop_payers   2      2',
      'by the rules of stricter it would have been approve, score 0',
    ]) {
      expect(text.stdout.split('\n')).toContain(line);
    }
    const all = await shrike(home, ['explain', shop.transactionId, '--all']);
    expect(all.stdout.split('\n')).toContain('shop_payers = 2');
    const json = await shrike(home, ['explain', shop.transactionId, '--json']);
    const { asOf: _, ...answered } = (await reader.get(`/v1/transactions/${shop.transactionId}/explanation`))
      .body;
    expect(JSON.parse(json.stdout)).toEqual(answered);
  });
}
