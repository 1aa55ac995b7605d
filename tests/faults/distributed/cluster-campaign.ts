import { setTimeout as sleep } from 'node:timers/promises';
import type { DeploymentEngines } from '../../../infra/engines/deployment-engines.ts';
import { roleReports } from '../../../infra/postgres/role-reports.ts';
import { ROLES, type Role } from '../../../infra/server/distributed/roles.ts';
import { type Random, randomFrom } from '../../../infra/simulator/random.ts';
import { apiWith } from '../../support/api.ts';
import { type Ledger, newLedger } from '../ledger.ts';
import { FIRST, STRICTER, type Thresholds } from '../rules.ts';
import { traffic } from '../traffic.ts';
import { rulesInForce } from '../watched.ts';
import { startClusterLoad } from './cluster-load.ts';
import { type EngineFault, strikeEngine } from './engine-strikes.ts';
import { goneOn } from './progress.ts';
import { type RoleFault, strikeRole } from './role-strikes.ts';
import { RoleTurns } from './role-turns.ts';
import { settled } from './settling.ts';
import { startVictims, type Victims } from './victims.ts';

export interface ClusterCampaign {
  victims: Victims;
  ledger: Ledger;
  random: Random;
  /** How often each fault was done. */
  faults: Record<string, number>;
}

/** What is to be done. */
export interface Plan {
  /** To each role. */
  roles: readonly RoleFault[];
  engines: readonly EngineFault[];
}

const PROCESSES: Record<Role, number> = { api: 2, mirror: 2, processor: 2, projector: 2 };
const REST_MS = 1_000;
const PAYMENTS_OF_A_ROUND = 100;
const PAUSE_MS = 1_500;

/**
 * Puts clients to a deployment of several processes of each role, and does to it whatever can happen, faults of
 * different roles and of the engines at once; in the end everything unanswered is sent again and all is recorded.
 */
export async function runClusterCampaign(
  engines: DeploymentEngines,
  seed: string,
  plan: Plan,
): Promise<ClusterCampaign> {
  const victims = await startVictims(engines, { processes: PROCESSES });
  const campaign: ClusterCampaign = {
    victims,
    ledger: newLedger(),
    random: randomFrom(`cluster ${seed}`),
    faults: {},
  };
  try {
    await putInForce(victims, FIRST);
    const load = startClusterLoad({
      apis: victims.processes.api,
      key: victims.keys().submit,
      listKey: victims.keys().work,
      ledger: campaign.ledger,
      random: campaign.random.fork('load'),
      restMs: REST_MS,
      next: paymentsOf(seed),
    });
    await strikes(campaign, plan);
    trace('all struck');
    await load.end();
    await settled(victims, campaign);
    trace('settled');
    return campaign;
  } catch (error) {
    const told = await tellTale(victims);
    await victims.remove();
    throw new Error(`${(error as Error).message}\n${told}`, { cause: error });
  }
}

/** What processes said tells more than what came of it. */
async function tellTale({ all, pool }: Victims): Promise<string> {
  const wrongs = all.flatMap(({ wrongs }) => wrongs).slice(0, 5);
  const reports = await roleReports(pool)
    .heard()
    .catch(() => []);
  const said = all.flatMap(({ role, lastWords }) => [`${role} said last:`, ...lastWords]);
  return [...wrongs, ...reports.map((report) => JSON.stringify(report)), ...said].join('\n');
}

function paymentsOf(seed: string) {
  const payments = traffic(seed, Date.now());
  let count = 0;
  return () => payments.next(Math.floor(count++ / PAYMENTS_OF_A_ROUND));
}

/** One after the other of each role, of the engines too; those of different lanes as it happens. */
async function strikes(campaign: ClusterCampaign, plan: Plan): Promise<void> {
  const turns = new RoleTurns();
  const inOrder = <T>(faults: readonly T[], lane: string) =>
    shuffled(faults, campaign.random.fork(`order ${lane}`));
  const lanes = ROLES.map((role) => roleLane(campaign, turns, role, inOrder(plan.roles, role)));
  await Promise.all([...lanes, engineLane(campaign, turns, inOrder(plan.engines, 'engines'))]);
}

async function roleLane(
  campaign: ClusterCampaign,
  turns: RoleTurns,
  role: Role,
  faults: readonly RoleFault[],
): Promise<void> {
  const { victims, ledger } = campaign;
  const random = campaign.random.fork(role);
  for (const fault of faults) {
    await goneOn(victims, ledger, role);
    await sleep(random.below(PAUSE_MS));
    counted(campaign, `${role} ${fault}`);
    await turns.take(role, () => strikeRole(victims, role, fault, random));
  }
}

async function engineLane(
  campaign: ClusterCampaign,
  turns: RoleTurns,
  faults: readonly EngineFault[],
): Promise<void> {
  const { victims, ledger } = campaign;
  const random = campaign.random.fork('engines');
  for (const [i, fault] of faults.entries()) {
    await goneOn(victims, ledger, 'api');
    await sleep(random.below(PAUSE_MS));
    counted(campaign, fault);
    await strikeEngine[fault](victims, random, turns);
    if (i === Math.floor(faults.length / 2)) await putInForce(victims, STRICTER);
  }
}

function counted({ faults }: ClusterCampaign, fault: string): void {
  trace(fault);
  faults[fault] = (faults[fault] ?? 0) + 1;
}

/** Until it is known to be in force: publishing the same again makes no other version. */
export async function putInForce(victims: Victims, thresholds: Thresholds): Promise<void> {
  for (;;) {
    const url = victims.processes.api.find((api) => api.url !== undefined)?.url;
    const position =
      url === undefined
        ? undefined
        : await rulesInForce(apiWith({ url }, victims.keys().operate), thresholds).catch(() => undefined);
    if (position !== undefined) return;
    await sleep(PAUSE_MS);
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return Array.from(items, () => left.splice(random.below(left.length), 1)[0]!);
}

/** SHRIKE_FAULT_TRACE=true shows what happens when. */
function trace(happened: string): void {
  if (process.env.SHRIKE_FAULT_TRACE === 'true')
    process.stdout.write(`${new Date().toISOString()} ${happened}\n`);
}
