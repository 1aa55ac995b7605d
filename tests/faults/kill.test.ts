import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shrike } from '../support/shrike.ts';
import { type Campaign, runCampaign } from './campaign.ts';
import { type Comparison, compare } from './comparison.ts';
import { remove } from './folders.ts';
import { readModels } from './read-models.ts';

/** 3 in the usual tests; `.ci/run` and `npm run test:faults` set more. */
const KILLS = Number(process.env.SHRIKE_FAULT_KILLS ?? 3);
/** The same seed kills at the same moments, with the same payments under way. */
const SEED = process.env.SHRIKE_FAULT_SEED ?? String(Date.now());

describe(`a server killed ${KILLS} times under load`, () => {
  let campaign: Campaign;
  let found: Comparison;

  beforeAll(
    async () => {
      process.stdout.write(`SHRIKE_FAULT_SEED=${SEED} kills ${KILLS} times\n`);
      campaign = await runCampaign(SEED, KILLS);
      found = compare(campaign.folder, campaign.ledger);
      process.stdout.write(`${summary(campaign, found)}\n`);
    },
    120_000 + KILLS * 15_000,
  );
  afterAll(() => remove(campaign?.folder));

  test('was hit while it had things half done', () => {
    const { storedUnanswered, undecided } = campaign.aftermath;
    expect(storedUnanswered + undecided).toBeGreaterThan(0);
    expect(found.alerts).toBeGreaterThan(0);
    expect(campaign.ledger.unanswered.size).toBe(0);
  });

  test('has each acknowledged transaction once, as it was answered; every decision and alert is the oracle’s', () => {
    expect(found.faults.slice(0, 20)).toEqual([]);
  });

  test('verify finds no difference', async () => {
    const { code, stdout } = await shrike(['verify', '--data', campaign.folder, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ decisions: found.decisions, differ: 0, first: null });
    expect(code).toBe(0);
  }, 120_000);

  test('has the read models that a rebuild gives, row for row', async () => {
    const live = await readModels(campaign.folder);
    const { code } = await shrike(['replay', '--data', campaign.folder]);
    expect(code).toBe(0);
    const rebuilt = await readModels(campaign.folder);
    expect(live.length).toBeGreaterThan(found.decisions + found.alerts);
    expect(live.length).toBe(rebuilt.length);
    expect(live.filter((line, i) => line !== rebuilt[i]).slice(0, 5)).toEqual([]);
  }, 120_000);
});

function summary({ ledger, kills, aftermath }: Campaign, { faults, ...sizes }: Comparison): string {
  const entries = [...ledger.entries.values()];
  const count = (kind: string) => faults.filter((fault) => fault.kind === kind).length;
  return JSON.stringify({
    kills,
    aftermath,
    sent: entries.reduce((sum, { sent }) => sum + sent, 0),
    acknowledged: entries.filter(({ answers }) => answers.length > 0).length,
    verdictsTold: entries.flatMap(({ answers }) => answers).filter(({ verdict }) => verdict).length,
    ...sizes,
    lost: count('lost'),
    doubled: count('doubled'),
    faults: faults.length,
  });
}
