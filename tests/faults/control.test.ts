import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shrike } from '../support/shrike.ts';
import { begunCampaign, type Campaign, caughtUp, runCampaign, runRound, served } from './campaign.ts';
import { compare, type Kind } from './comparison.ts';
import { remove, withCopy } from './folders.ts';
import { readModels } from './read-models.ts';

const A_PAYMENT = `(SELECT min(position) FROM facts WHERE type = 'TransactionSubmitted'
  AND stream LIKE 'account-hot%' AND revision = 3)`;
const AN_ALERT = `(SELECT max(position) FROM facts WHERE type = 'FraudSuspected')`;
const A_DECISION = `(SELECT max(position) FROM decisions)`;

/** The fact again, under another position, stream and revision. */
const again = (position: string, stream: string, revision: string) => `DROP INDEX facts_by_key;
  INSERT INTO facts SELECT (SELECT max(position) + 1 FROM facts), ${stream}, ${revision}, key, event_id || '-again',
    type, schema_version, data, personal, metadata, checksum FROM facts WHERE position = ${position}`;

const SPOILT: [what: string, file: string, sql: string, found: Kind[]][] = [
  [
    'a payment is deleted',
    'facts.db',
    `DELETE FROM facts WHERE position = ${A_PAYMENT}`,
    ['gap', 'lost', 'decision'],
  ],
  [
    'a payment stands twice',
    'facts.db',
    again(
      A_PAYMENT,
      'stream',
      '(SELECT max(revision) + 1 FROM facts AS others WHERE others.stream = facts.stream)',
    ),
    ['doubled', 'decision'],
  ],
  [
    'a payment stands at another place',
    'facts.db',
    `UPDATE facts SET position = (SELECT max(position) + 1 FROM facts) WHERE position = ${A_PAYMENT}`,
    ['gap', 'moved', 'decision'],
  ],
  [
    'an amount is changed',
    'facts.db',
    `UPDATE facts SET data = json_set(data, '$.transaction.amountMinor', 1) WHERE position = ${A_PAYMENT}`,
    ['changed'],
  ],
  ['an alert is deleted', 'facts.db', `DELETE FROM facts WHERE position = ${AN_ALERT}`, ['alert']],
  ['an alert is raised twice', 'facts.db', again(AN_ALERT, "'alert-other'", '0'), ['alert']],
  [
    'a score is changed',
    'risk.db',
    `UPDATE decisions SET score = score + 1 WHERE position = ${A_DECISION}`,
    ['decision'],
  ],
  [
    'a feature is changed',
    'risk.db',
    `UPDATE decisions SET features = json_set(features, '$[0]', features ->> 0 + 1) WHERE position = ${A_DECISION}`,
    ['decision'],
  ],
  ['a decision is deleted', 'risk.db', `DELETE FROM decisions WHERE position = ${A_DECISION}`, ['decision']],
  ['every decision told is changed', 'risk.db', 'UPDATE decisions SET score = score + 1', ['answer']],
  [
    'an alert shown is changed',
    'views.db',
    'UPDATE alerts SET score = 99 WHERE alert_id = (SELECT max(alert_id) FROM alerts)',
    ['view'],
  ],
  ['no alert is shown', 'views.db', 'DELETE FROM alerts', ['view']],
];

describe('control: of what a killed server holds, the comparison notices that', () => {
  let campaign: Campaign;
  beforeAll(async () => {
    campaign = await runCampaign('control', 1);
  }, 60_000);
  afterAll(() => remove(campaign?.folder));

  test('nothing is wrong where nothing is', () => {
    expect(compare(campaign.folder, campaign.ledger).faults).toEqual([]);
  });

  test.each(SPOILT)('%s', (_, file, sql, kinds) => {
    withCopy(campaign.folder, (copy) => {
      spoil(copy, file, sql);
      const { faults } = compare(copy, campaign.ledger);
      expect(faults.map(({ kind }) => kind)).toEqual(expect.arrayContaining(kinds));
    });
  });

  test('a decision or a row of a view is changed, by verify and by a rebuild', async () => {
    await withCopy(campaign.folder, async (copy) => {
      spoil(copy, 'risk.db', `UPDATE decisions SET score = score + 1 WHERE position = ${A_DECISION}`);
      spoil(copy, 'views.db', 'DELETE FROM alerts WHERE alert_id = (SELECT max(alert_id) FROM alerts)');
      const { code, stdout } = await shrike(['verify', '--data', copy, '--json']);
      expect([code, JSON.parse(stdout).differ]).toEqual([1, 1]);
      const live = await readModels(copy);
      expect((await shrike(['replay', '--data', copy])).code).toBe(0);
      const rebuilt = await readModels(copy);
      expect(rebuilt.length).toBe(live.length + 1);
      expect(await readModels(campaign.folder)).toEqual(rebuilt);
    });
  }, 60_000);
});

test('control: what was sent and not answered may be lost, where nobody sends it again', async () => {
  const lost = new Set<Kind>();
  for (let attempt = 0; attempt < 5 && !lost.has('lost'); attempt++) {
    const campaign = await begunCampaign(`unanswered ${attempt}`);
    try {
      await runRound(campaign, 0, false);
      await served(campaign.folder, caughtUp);
      const { folder, ledger } = campaign;
      expect(compare(folder, ledger).faults).toEqual([]);
      for (const { sent, answers } of ledger.unanswered)
        if (sent > 0) answers.push({ revision: 0, position: 0 });
      for (const { kind } of compare(folder, ledger).faults) lost.add(kind);
    } finally {
      remove(campaign.folder);
    }
  }
  expect(lost).toContain('lost');
}, 120_000);

function spoil(folder: string, file: string, sql: string): void {
  const database = new DatabaseSync(join(folder, file));
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}
