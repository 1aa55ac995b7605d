import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith, type LiveEvent, listen } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import {
  inForce,
  minutesAgo,
  newId,
  pages,
  payment,
  RULES,
  SUSPICIOUS_MINOR,
  WAITING,
} from '../../support/payments.ts';

/** On any deployment. */
export function readingSuite(newHome: () => Home): void {
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

  const suspicious = (fields = {}) => payment({ amountMinor: SUSPICIOUS_MINOR, ...fields });

  test('a transaction is read with its decision; an id that several accounts have needs the account', async () => {
    const sent = suspicious({ deviceId: 'phone', latitude: 52.5, attributes: { shop: 'north' } });
    const { body: stored } = await submitter.post('/v1/transactions', sent);
    const read = await reader.get(`/v1/transactions/${sent.transactionId}?after=${stored.position}`);
    expect(read.status).toBe(200);
    expect(read.body).toMatchObject({
      ...stored,
      transaction: sent,
      amountBaseMinor: SUSPICIOUS_MINOR,
      origin: 'live',
      score: 60,
      decision: 'review',
      reasons: ['MUCH'],
      hits: [{ rule: 'much', points: 60, reason: 'MUCH' }],
      features: { count_1h: 1, sum_24h: SUSPICIOUS_MINOR, mean_before: null, since: null, new_device: true },
      undefinedRules: ['jump'],
      ruleSet: { name: 'acceptance', version: 1 },
    });
    expect(read.headers.get('shrike-position')).toBe(read.body.asOf);
    expect(Number(read.body.asOf)).toBeGreaterThanOrEqual(Number(stored.position));

    const other = payment({ transactionId: sent.transactionId });
    const { body: second } = await submitter.post('/v1/transactions', other);
    const ambiguous = await reader.get(`/v1/transactions/${sent.transactionId}?after=${second.position}`);
    expect(ambiguous.status).toBe(409);
    expect(ambiguous.body.accountIds.sort()).toEqual([sent.accountId, other.accountId].sort());
    const named = await reader.get(`/v1/transactions/${sent.transactionId}?accountId=${other.accountId}`);
    expect([named.status, named.body.transaction]).toEqual([200, other]);
  });

  test('ids of every printable character are kept and found', async () => {
    const transactionId = newId('t/%2F?#&+"<>{}~!');
    const accountId = newId("a|\\^`'*()[]=;:@,$");
    const { body, status } = await submitter.post(
      '/v1/transactions',
      suspicious({ transactionId, accountId }),
    );
    expect(status).toBe(202);
    const path = `/v1/transactions/${encodeURIComponent(transactionId)}?after=${body.position}`;
    expect((await reader.get(path)).body.accountId).toBe(accountId);
    expect((await reader.get(`/v1/accounts/${encodeURIComponent(accountId)}`)).body.accountId).toBe(
      accountId,
    );
    const alerts = await reader.get(
      `/v1/alerts?account=${encodeURIComponent(accountId)}&after=${body.position}`,
    );
    const { alertId } = alerts.body.alerts[0];
    expect((await reader.get(`/v1/alerts/${encodeURIComponent(alertId)}`)).body.accountId).toBe(accountId);
  });

  test('an account’s transactions are paged in their order, both ways', async () => {
    const accountId = newId('a');
    const sent = Array.from({ length: 23 }, () => payment({ accountId }));
    const { body } = await submitter.post('/v1/transactions/batch', sent);
    const path = `/v1/accounts/${accountId}/transactions?limit=5&after=${body.at(-1).position}`;
    const ids = async (order: string) =>
      ((await pages(reader, `${path}&order=${order}`, 'transactions')) as { transactionId: string }[]).map(
        ({ transactionId }) => transactionId,
      );
    const expected = sent.map(({ transactionId }) => transactionId);
    expect(await ids('oldest')).toEqual(expected);
    expect(await ids('newest')).toEqual(expected.toReversed());
  });

  test('every view can be waited for, and says when it is not there in time', async () => {
    for (let i = 0; i < 20; i++) {
      const sent = suspicious();
      const { body } = await submitter.post('/v1/transactions', sent);
      const after = `after=${body.position}`;
      const [transaction, account, list, alerts] = await Promise.all([
        reader.get(`/v1/transactions/${sent.transactionId}?${after}`),
        reader.get(`/v1/accounts/${sent.accountId}?${after}`),
        reader.get(`/v1/accounts/${sent.accountId}/transactions?${after}`),
        reader.get(`/v1/alerts?account=${sent.accountId}&${after}`),
      ]);
      expect([transaction.body.score, account.body.score, list.body.transactions[0]?.score]).toEqual([
        60, 60, 60,
      ]);
      expect(alerts.body.alerts).toHaveLength(1);
      const alert = await reader.get(`/v1/alerts/${alerts.body.alerts[0].alertId}`);
      expect(alert.body).toMatchObject({ transactionId: sent.transactionId, state: 'open', score: 60 });
    }
    for (const path of [
      'transactions/x',
      'accounts/x',
      'accounts/x/transactions',
      'alerts',
      'alerts/x',
      'rulesets',
      'rates',
    ]) {
      const { status, headers, body } = await reader.get(`/v1/${path}?after=999999999`, {
        prefer: 'wait=0.05',
      });
      expect([path, status, body.type]).toEqual([path, 503, expect.stringContaining('view-behind')]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });

  test('alerts are filtered by state, decision, score, account, reason, assignee and time', async () => {
    const accountId = newId('a');
    const worker = apiWith(server, server.keys.work);
    const pay = async (amountMinor: number, minutes: number) => {
      const sent = payment({ accountId, amountMinor, occurredAt: minutesAgo(minutes) });
      return (await submitter.post('/v1/transactions', sent, WAITING)).body;
    };
    const much = await pay(SUSPICIOUS_MINOR, 1_000);
    // 60 for the sum of the day, 30 for more than ten times the mean before.
    const jump = await pay(10 * SUSPICIOUS_MINOR + 1, 900);
    const [first, second] = (await reader.get(`/v1/alerts?account=${accountId}&after=${jump.position}`)).body
      .alerts;
    expect([first.transactionId, second.transactionId]).toEqual([much.transactionId, jump.transactionId]);
    const claimed = await worker.post(`/v1/alerts/${first.alertId}/claim`, { analyst: 'ann' });
    expect(claimed.status).toBe(200);
    const found = async (filter: string) => {
      const { body } = await reader.get(`/v1/alerts?account=${accountId}&after=${jump.position}&${filter}`);
      return body.alerts.map(({ alertId }: { alertId: string }) => (alertId === first.alertId ? 1 : 2));
    };
    const claimSeen = async () => (await found('state=claimed')).length === 1;
    while (!(await claimSeen())) await new Promise((resolve) => setTimeout(resolve, 5));
    const expected: Record<string, number[]> = {
      'state=open': [2],
      'state=claimed': [1],
      'state=closed': [],
      'decision=review': [1],
      'decision=decline': [2],
      'minScore=60': [1, 2],
      'minScore=60.5': [2],
      'minScore=91': [],
      'reason=MUCH': [1, 2],
      'reason=JUMP': [2],
      'reason=NONE': [],
      'assignee=ann': [1],
      'assignee=bob': [],
      [`from=${minutesAgo(950)}`]: [2],
      [`to=${minutesAgo(950)}`]: [1],
      [`from=${first.occurredAt}&to=${second.occurredAt}`]: [1],
      'order=newest': [2, 1],
    };
    for (const [filter, alerts] of Object.entries(expected))
      expect([filter, await found(filter)]).toEqual([filter, alerts]);
    for (const faulty of [
      'state=gone',
      'minScore=x',
      'minScore=101',
      'from=today',
      'limit=0',
      'limit=501',
      'cursor=x',
      'colour=red',
    ]) {
      const { status, body } = await reader.get(`/v1/alerts?${faulty}`);
      expect([faulty, status, body.errors[0].field]).toEqual([faulty, 400, faulty.split('=')[0]]);
    }
  });

  test('paging neither skips nor repeats while alerts arrive', async () => {
    const reason = 'PAGED';
    const source = RULES.replace('name: acceptance', 'name: paged').replaceAll('MUCH', reason);
    await inForce(apiWith(server, server.keys.operate), source);
    const raise = async (count: number) => {
      const { body } = await submitter.post(
        '/v1/transactions/batch',
        Array.from({ length: count }, () => suspicious()),
      );
      return body.map(({ transactionId }: { transactionId: string }) => transactionId) as string[];
    };
    const idsOf = (alerts: unknown[]) =>
      (alerts as { transactionId: string }[]).map(({ transactionId }) => transactionId);
    const raised = await raise(30);
    const { body: last } = await submitter.post('/v1/transactions', payment(), WAITING);
    const path = `/v1/alerts?reason=${reason}&limit=4&after=${last.position}`;
    const arriving: string[] = [];
    const more = async () => {
      if (arriving.length < 40) arriving.push(...(await raise(4)));
    };
    // Alerts stand in the order in which they were raised: of several accounts, in any order.
    const there = idsOf(await pages(reader, path.replace('limit=4', 'limit=500'), 'alerts'));
    expect(there.toSorted()).toEqual(raised.toSorted());
    const newest = idsOf(await pages(reader, `${path}&order=newest`, 'alerts', more));
    expect(newest).toEqual(there.toReversed());
    const { body: between } = await submitter.post('/v1/transactions', payment());
    const before = [...there, ...arriving.splice(0)];
    const still = `/v1/alerts?reason=${reason}&limit=4&after=${between.position}`;
    const oldest = idsOf(await pages(reader, still, 'alerts', more));
    const { body: end } = await submitter.post('/v1/transactions', payment(), WAITING);
    const all = idsOf(
      await pages(reader, `/v1/alerts?reason=${reason}&limit=500&after=${end.position}`, 'alerts'),
    );
    expect(new Set(oldest).size).toBe(oldest.length);
    expect(oldest).toEqual(all.slice(0, oldest.length));
    expect(oldest.length).toBeGreaterThanOrEqual(before.length);
    expect(all.toSorted()).toEqual([...before, ...arriving].toSorted());
  });

  test('the live feed resumes without a gap, also over a restart, and tells what analysts do', async () => {
    await inForce(apiWith(server, server.keys.operate), RULES);
    const opened = Promise.withResolvers<void>();
    const heard = (count: number) => (events: readonly LiveEvent[]) => events.length >= count;
    const listening = listen(server, heard(3), { onOpen: () => opened.resolve() });
    await opened.promise;
    const sent = Array.from({ length: 12 }, () => suspicious());
    const raise = (from: number, to: number) =>
      submitter.post('/v1/transactions/batch', sent.slice(from, to));
    await raise(0, 6);
    const first = await listening;
    // Away, it misses these.
    await raise(6, 12);
    await server.stop();
    server = await home.start();
    submitter = apiWith(server, server.keys.submit);
    reader = apiWith(server, server.keys.read);
    const seen = first.slice(0, 3);
    const rest = await listen(server, heard(9), { lastEventId: seen.at(-1)!.id });
    const told = [...seen, ...rest];
    expect(told.map(({ event }) => event)).toEqual(told.map(() => 'FraudSuspected'));
    expect(told.map(({ data }) => data.transactionId).toSorted()).toEqual(
      sent.map(({ transactionId }) => transactionId).toSorted(),
    );
    const places = told.map(({ id }) => Number(id));
    expect(places).toEqual(places.toSorted((a, b) => a - b));

    const { alertId } = told[0]!.data;
    await apiWith(server, server.keys.work).post(`/v1/alerts/${alertId}/close`, {
      disposition: 'genuine',
      analyst: 'ann',
    });
    const [closed] = await listen(server, heard(1), { lastEventId: told.at(-1)!.id });
    expect([closed!.event, closed!.data]).toEqual([
      'AlertClosed',
      expect.objectContaining({ alertId, by: 'ann', disposition: 'genuine' }),
    ]);
  });
}
