import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { shrike } from '../support/shrike.ts';
import { begunCampaign, type Campaign, served, settle } from './campaign.ts';
import { compare } from './comparison.ts';
import { remove, withCopy } from './folders.ts';
import { startLoad } from './load.ts';
import { readModels } from './read-models.ts';
import { startVictim } from './victim.ts';

const BEFORE = 600;
const AFTER = 600;

let campaign: Campaign;
let backup: string;
/** Position of the newest fact in the backup. */
let backedUp: number;

beforeAll(async () => {
  campaign = await begunCampaign('restored backup');
  const { folder, ledger, payments, random } = campaign;
  backup = `${folder}-backup`;
  await served(folder, async (server) => {
    let left = Number.POSITIVE_INFINITY;
    const next = () => (left-- > 0 ? payments.next(0) : undefined);
    const load = startLoad({ url: server.url, key: server.keys.submit, ledger, next, random });
    await load.answered(BEFORE, 'any');
    const { code, stdout } = await shrike(['backup', backup, '--data', folder, '--json']);
    expect(code).toBe(0);
    backedUp = JSON.parse(stdout).position;
    left = AFTER;
    await load.ended;
    await settle(campaign, server);
  });
  expect(compare(folder, ledger).faults).toEqual([]);
  expect((await shrike(['restore', backup, '--data', folder])).code).toBe(0);
}, 90_000);
afterAll(() => {
  remove(campaign?.folder);
  remove(backup);
});

test('a restored backup is refused, made good by the command that is named, and goes on', async () => {
  await withCopy(campaign.folder, async (copy) => {
    const before = await readModels(copy);
    const command = await refusal(copy);
    expect(command).toEqual(['replay', '--data', copy]);
    expect(await readModels(copy)).toEqual(before);

    expect((await shrike(command)).code).toBe(0);
    const kept = forgetWhatCameLater();
    expect(kept).toBeGreaterThan(0);
    expect(campaign.ledger.unanswered.size).toBeGreaterThan(0);
    await served(copy, (server) => settle(campaign, server));

    const { faults, decisions } = compare(copy, campaign.ledger);
    expect(faults.slice(0, 20)).toEqual([]);
    const { stdout } = await shrike(['verify', '--data', copy, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ decisions, differ: 0 });
    const live = await readModels(copy);
    expect((await shrike(['replay', '--data', copy])).code).toBe(0);
    expect(await readModels(copy)).toEqual(live);
  });
}, 90_000);

test('control: with nothing to tell it from an older store, what was decided of lost payments would be served', async () => {
  await withCopy(campaign.folder, async (copy) => {
    believeTheStore(copy);
    await served(copy, (server) =>
      settle({ ...campaign, ledger: { ...campaign.ledger, unanswered: new Set() } }, server),
    );
    forgetWhatCameLater();
    const kinds = new Set(compare(copy, campaign.ledger).faults.map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['decision', 'alert']));
  });
}, 90_000);

/** What the server refuses to start with: one line, which ends in the command that mends it. @returns its arguments */
async function refusal(folder: string): Promise<string[]> {
  const victim = startVictim(folder);
  try {
    expect(await victim.serving).toBeUndefined();
  } catch (error) {
    await victim.kill();
    throw error;
  }
  const { code, complaints } = await victim.ended;
  expect([code, complaints.trim().split('\n')]).toEqual([3, [expect.stringContaining('a restored backup')]]);
  return complaints.trim().split('run: shrike ')[1]!.split(' ');
}

/**
 * A payment system that knows its answers are gone with the newer store sends everything again: what stands in the
 * backup must get the same answer, anything else a new one. @returns how many answers stand
 */
function forgetWhatCameLater(): number {
  let kept = 0;
  for (const entry of campaign.ledger.entries.values()) {
    entry.answers = entry.answers.filter(({ position }) => position <= backedUp);
    kept += entry.answers.length;
    campaign.ledger.unanswered.add(entry);
  }
  return kept;
}

/** Forges the checkpoints as if they had been made from the store that stands there now. */
function believeTheStore(folder: string): void {
  const risk = new DatabaseSync(join(folder, 'risk.db'));
  const views = new DatabaseSync(join(folder, 'views.db'));
  try {
    risk.prepare('ATTACH ? AS store').run(join(folder, 'facts.db'));
    const head = risk
      .prepare('SELECT position, event_id FROM store.facts ORDER BY position DESC LIMIT 1')
      .get() as { position: number; event_id: string };
    risk.prepare('UPDATE checkpoints SET position = ?, event_id = ?').run(head.position, head.event_id);
    views
      .prepare('UPDATE projection_checkpoints SET position = ?, event_id = ?')
      .run(head.position, head.event_id);
  } finally {
    risk.close();
    views.close();
  }
}
