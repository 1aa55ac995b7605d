import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startDeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { shrike } from '../support/shrike.ts';
import { describeWith, engineOf } from '../support/with-engine.ts';
import type { Comparison } from './comparison.ts';
import { type ClusterCampaign, type Plan, runClusterCampaign } from './distributed/cluster-campaign.ts';
import { controls } from './distributed/controls.ts';
import { ENGINE_FAULTS } from './distributed/engine-strikes.ts';
import { compareVictims } from './distributed/holdings.ts';

/** Kills of each role, and as many freezes; a fifth as many of each fault of the engines. */
const OF_ROLES = Number(process.env.SHRIKE_FAULT_DISTRIBUTED ?? 0);
const repeated = <T>(times: number, faults: readonly T[]) =>
  Array.from({ length: times }, () => faults).flat();
/** What takes seconds is in the usual tests; `.ci/run` and `npm run test:faults` do everything. */
const PLAN: Plan =
  OF_ROLES === 0
    ? { roles: ['killed'], engines: ['PostgreSQL restarted', 'event store restarted', 'topic cut short'] }
    : {
        roles: repeated(OF_ROLES, ['killed', 'frozen']),
        engines: repeated(Math.ceil(OF_ROLES / 5), ENGINE_FAULTS),
      };
/** The same seed strikes in the same order, with the same payments; what is under way just then is chance. */
const SEED = process.env.SHRIKE_FAULT_SEED ?? String(Date.now());

const engines = await engineOf(() => startDeploymentEngines({ brokers: 3 }));

describeWith('a distributed deployment of which everything is hurt under load', engines, (engine) => {
  let campaign: ClusterCampaign;
  let found: Comparison;

  beforeAll(
    async () => {
      process.stdout.write(`SHRIKE_FAULT_SEED=${SEED} of a distributed deployment\n`);
      const begun = Date.now();
      campaign = await runClusterCampaign(engine(), SEED, PLAN);
      found = await compareVictims(campaign.victims, campaign.ledger);
      process.stdout.write(`${summary(campaign, found)} in ${Math.round((Date.now() - begun) / 1_000)} s\n`);
    },
    300_000 + OF_ROLES * 150_000,
  );
  afterAll(() => campaign?.victims.remove());

  test('has each acknowledged transaction once, as it was answered; every decision and alert is the oracle’s', () => {
    expect(found.faults.slice(0, 20)).toEqual([]);
    expect(campaign.ledger.unanswered.size).toBe(0);
    expect(found.alerts).toBeGreaterThan(0);
  });

  test('had no process that stood still or ended by itself', () => {
    expect(campaign.victims.all.flatMap(({ wrongs }) => wrongs)).toEqual([]);
  });

  test('verify finds no difference', async () => {
    const { code, stdout } = await shrike(['verify', '--json'], campaign.victims.environment);
    expect(JSON.parse(stdout)).toMatchObject({ decisions: found.decisions, differ: 0, first: null });
    expect(code).toBe(0);
  }, 120_000);
});

// Another minute is too much for the usual tests: `.ci/run` and `npm run test:faults` set it.
if (OF_ROLES > 0) describeWith('a distributed deployment that wants a mechanism', engines, controls);

function summary({ ledger, faults, victims }: ClusterCampaign, comparison: Comparison): string {
  const entries = [...ledger.entries.values()];
  const count = (...kinds: string[]) => comparison.faults.filter(({ kind }) => kinds.includes(kind)).length;
  return JSON.stringify({
    struck: faults,
    startsRefused: victims.all.reduce((sum, { refusals }) => sum + refusals, 0),
    sent: entries.reduce((sum, { sent }) => sum + sent, 0),
    acknowledged: entries.filter(({ answers }) => answers.length > 0).length,
    facts: comparison.facts,
    decisions: comparison.decisions,
    alerts: comparison.alerts,
    lost: count('lost'),
    doubled: count('doubled'),
    outOfOrder: count('gap', 'order', 'moved'),
    faults: comparison.faults.length,
  });
}
