import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { inForce, minutesAgo, newId, payment, WAITING } from '../../support/payments.ts';

const ZONE = 'Asia/Kathmandu';
const RULES = `
name: kinds
features:
  today: { aggregate: count, window: { calendar: day, zone: ${ZONE} } }
  last_2: { aggregate: sum, window: { last: 2 } }
  shop_last_2: { aggregate: sum, window: { last: 2, among: 'amountMinor > 100' }, per: merchant }
  new_then_large: { aggregate: sequence, window: 15m, steps: [{ firstSeen: deviceId }, { where: amountMinor >= 300 }] }
  shop_grows: { aggregate: sequence, window: 90d, per: merchant, steps: [{ where: amountMinor < 300 }, { where: amountMinor >= 300 }] }
  speed: { aggregate: speed }
rules: []
score: 'hourOfDay("${ZONE}")'
thresholds: { review: 50, decline: 80 }
`;

const localTime = (time: string) => Temporal.Instant.from(time).toZonedDateTimeISO(ZONE);
const dayOf = (time: string) => localTime(time).toPlainDate().toString();

/** On any deployment. */
export function kindsOfWindowsSuite(newHome: () => Home): void {
  let home: Home;
  let server: Deployment;
  let submitter: Api;
  let reader: Api;

  beforeAll(async () => {
    home = newHome();
    server = await home.start();
    submitter = apiWith(server, server.keys.submit);
    reader = apiWith(server, server.keys.read);
    await inForce(apiWith(server, server.keys.operate), RULES);
  });
  afterAll(() => home.remove());

  const accountId = newId('a');
  const merchantId = newId('m');
  const paidAt: string[] = [];
  /** @returns the transaction, with its decision and features */
  async function paid(minutes: number, amountMinor: number, deviceId: string, latitude: number) {
    const occurredAt = minutesAgo(minutes);
    paidAt.push(occurredAt);
    const place = { latitude, longitude: 0 };
    const sent = payment({ accountId, merchantId, occurredAt, amountMinor, deviceId, ...place });
    const { body } = await submitter.post('/v1/transactions', sent, WAITING);
    const path = `/v1/transactions/${body.transactionId}?accountId=${accountId}&after=${body.position}`;
    return (await reader.get(path)).body;
  }

  test('a local day, the last two, steps, speed: each as of the time of the transaction, one that comes late included', async () => {
    const first = await paid(60, 100, 'phone', 0);
    expect(first.features).toMatchObject({ last_2: 100, shop_last_2: 0, new_then_large: false, speed: null });
    const second = await paid(30, 400, 'phone', 1);
    expect(second.features).toMatchObject({ last_2: 500, shop_last_2: 400, new_then_large: false });
    expect(second.features).toMatchObject({ shop_grows: true, speed: expect.closeTo(222.4, 0) });
    // It comes late, before the second: of those after it, it changes what they see.
    const late = await paid(40, 200, 'tablet', 0);
    expect(late.features).toMatchObject({ last_2: 300, shop_last_2: 200, new_then_large: false, speed: 0 });
    const third = await paid(26, 300, 'tablet', 1);
    expect(third.features).toMatchObject({ last_2: 700, shop_last_2: 700, new_then_large: true, speed: 0 });
    const fourth = await paid(24, 300, 'tablet', 1);
    expect(fourth.features.new_then_large).toBe(false);
    [first, second, late, third, fourth].forEach(({ features, score }, i) => {
      const now = paidAt[i]!;
      const today = paidAt.slice(0, i + 1).filter((time) => time <= now && dayOf(time) === dayOf(now));
      expect([features.today, score]).toEqual([today.length, localTime(now).hour]);
    });
  });

  test('an explanation shows the events that make each of them', async () => {
    const { transactionId } = await paid(20, 500, 'phone', 1);
    const { status, body } = await reader.get(
      `/v1/transactions/${transactionId}/explanation?accountId=${accountId}`,
    );
    expect([status, body.differences]).toEqual([200, []]);
    const amounts = Object.fromEntries(
      body.features.map(({ name, events }: { name: string; events: { amountMinor: number }[] }) => [
        name,
        events.map(({ amountMinor }) => amountMinor),
      ]),
    );
    expect(amounts).toMatchObject({ last_2: [500, 300], shop_last_2: [500, 300] });
    const byName = Object.fromEntries(body.features.map((each: { name: string }) => [each.name, each]));
    expect(byName.shop_last_2).toMatchObject({
      last: { most: 2, among: 'amountMinor > 100' },
      where: 'amountMinor > 100',
      steps: null,
    });
    expect(byName.new_then_large.steps).toEqual([
      { firstSeen: 'deviceId', where: null },
      { firstSeen: null, where: 'amountMinor >= 300' },
    ]);
  });
}
