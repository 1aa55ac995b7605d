import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Api, apiWith } from '../../support/api.ts';
import type { Deployment, Home } from '../../support/deployment.ts';
import { HARMLESS_MINOR, inForce, newId, payment, RULES, WAITING } from '../../support/payments.ts';
import { shrike } from '../../support/shrike.ts';

/** On any deployment. */
export function excludingSuite(newHome: () => Home): void {
  let home: Home;
  let server: Deployment;
  let submitter: Api;
  let operator: Api;

  beforeAll(async () => {
    home = newHome();
    server = await home.start();
    submitter = apiWith(server, server.keys.submit);
    operator = apiWith(server, server.keys.operate);
    await inForce(operator, RULES);
  });
  afterAll(() => home.remove());

  const pay = async (accountId: string, amountMinor = HARMLESS_MINOR) =>
    (await submitter.post('/v1/transactions', payment({ accountId, amountMinor }), WAITING)).body;
  const facts = (accountId: string, what: string, ...more: string[]) => {
    const of = ['--account', accountId, '--revision', '0', '--reason', 'a test payment'];
    return shrike(['facts', what, ...of, '--url', server.url, '--key', server.keys.operate, ...more]);
  };

  test('a payment that is excluded counts in no window from then on, until it is readmitted', async () => {
    const accountId = newId('a');
    for (let i = 0; i < 2; i++) expect(await pay(accountId)).toMatchObject({ decision: 'approve' });
    expect(await pay(accountId)).toMatchObject({ revision: 2, score: 50, reasons: ['MANY'] });

    const url = `/v1/accounts/${accountId}/facts/0`;
    const preview = await operator.post(`${url}/exclude?preview=true`);
    expect(preview.status).toBe(200);
    expect(preview.body).toMatchObject({
      fact: { revision: 0, type: 'TransactionSubmitted', transaction: { amountMinor: HARMLESS_MINOR } },
      position: null,
      preview: {
        waiting: null,
        later: {
          decisions: 2,
          differ: 1,
          first: [
            {
              revision: 2,
              is: { score: 50, decision: 'review', reasons: ['MANY'] },
              wouldBe: { score: 0, decision: 'approve', reasons: [] },
            },
          ],
          upTo: 2,
        },
      },
    });
    expect(await pay(accountId)).toMatchObject({ revision: 3, reasons: ['MANY'] });

    const excluded = await operator.post(`${url}/exclude`, { reason: 'a test payment' });
    expect(excluded).toMatchObject({ status: 200, body: { preview: null, fact: { revision: 0 } } });
    const without = payment({ accountId });
    expect((await submitter.post('/v1/score', without)).body).toMatchObject({ features: { count_1h: 4 } });
    expect((await submitter.post('/v1/transactions', without, WAITING)).body).toMatchObject({ revision: 5 });
    expect((await submitter.post('/v1/score', payment({ accountId }))).body.features.sum_24h).toBe(500);
    expect((await operator.post(`${url}/readmit`, { reason: 'it was real' })).status).toBe(200);
    await pay(accountId);
    expect((await submitter.post('/v1/score', payment({ accountId }))).body.features.sum_24h).toBe(700);
  });

  test('the command line shows what would change, and does nothing without --yes', async () => {
    const accountId = newId('a');
    for (let i = 0; i < 3; i++) await pay(accountId);
    const shown = await facts(accountId, 'exclude');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain(
      '1 of 2 later decisions of the account (up to revision 2) would have been different',
    );
    expect(shown.stdout).toContain('review (score 50, MANY) would have been approve (score 0)');
    expect(shown.stdout).toContain('nothing was done: the same with --yes excludes it');
    expect(await facts(accountId, 'readmit', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Revision 0 is not excluded.'),
    });
    const done = await facts(accountId, 'exclude', '--yes');
    expect(done.stdout).toMatch(/\nexcluded from position \d+ on\n$/);
    const back = await facts(accountId, 'readmit', '--json');
    expect(JSON.parse(back.stdout).preview.later).toMatchObject({ decisions: 2, differ: 0, upTo: 3 });
    expect((await facts(accountId, 'readmit', '--yes')).code).toBe(0);
  });

  test('what cannot be is refused, and says why', async () => {
    const accountId = newId('a');
    await pay(accountId);
    const post = (rest: string, body: unknown = { reason: 'test' }) =>
      operator.post(`/v1/accounts/${accountId}/facts/${rest}`, body);
    const problems = [
      [await post('0/readmit'), 409, 'Revision 0 is not excluded.'],
      [await post('7/exclude'), 404, 'The account has no fact of this revision.'],
      [await post('x/exclude'), 400, 'revision must be a revision as answers give it, such as 17.'],
      [await post('0/exclude', null), 400, 'reason must say why, such as {"reason":"a test payment"}.'],
      [await post('0/exclude', { reason: 'test' }), 200, undefined],
      [await post('0/exclude'), 409, 'Revision 0 is excluded already.'],
      [
        await post('1/exclude?preview=true'),
        409,
        'Revision 1 is itself a FactExcluded; name the fact it is about, and readmit or exclude that.',
      ],
    ] as const;
    expect(problems.map(([{ status, body }]) => [status, body.detail])).toEqual(
      problems.map(([, status, detail]) => [status, detail]),
    );
    const denied = await submitter.post(`/v1/accounts/${accountId}/facts/0/readmit`, { reason: 'test' });
    expect(denied.status).toBe(403);
  });
}
