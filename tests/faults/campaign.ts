import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, randomFrom } from '../../infra/simulator/random.ts';
import { apiWith } from '../support/api.ts';
import type { Deployment } from '../support/deployment.ts';
import { type Aftermath, aftermathOf } from './aftermath.ts';
import { newFolder, remove } from './folders.ts';
import { type Ledger, newLedger } from './ledger.ts';
import { type Load, startLoad } from './load.ts';
import { FIRST, STRICTER } from './rules.ts';
import { type Traffic, traffic } from './traffic.ts';
import { keysIn, startVictim, type Victim } from './victim.ts';
import { rulesInForce } from './watched.ts';

/** When a round's server is killed. */
export type KillPoint =
  | { when: 'answered'; kind: 'any' | 'streamed'; count: number }
  | { when: 'underLoad'; afterMs: number }
  | { when: 'starting'; afterMs: number };

export interface Campaign {
  folder: string;
  ledger: Ledger;
  kills: Record<KillPoint['when'], number>;
  /** What the kills left behind, summed. */
  aftermath: Aftermath;
  random: Random;
  payments: Traffic;
}

/** Each kind of moment in turn, at a moment of chance. */
export function killPoint(random: Random, round: number): KillPoint {
  const few = () => random.between(1, random.pick([20, 200, 1_000]));
  // Not before there is something to lose, however few the kills.
  if (round === 0) return { when: 'answered', kind: 'streamed', count: random.between(400, 800) };
  switch (round % 5) {
    case 0:
      return { when: 'answered', kind: 'streamed', count: few() };
    case 1:
      return { when: 'starting', afterMs: random.below(900) };
    case 2:
      return { when: 'underLoad', afterMs: random.below(600) };
    case 3:
      return { when: 'answered', kind: 'any', count: few() };
    default:
      return { when: 'starting', afterMs: random.between(400, 900) };
  }
}

/**
 * Kills a server under load so many times, each time at another moment, and starts it again on the same folder;
 * in the end everything unanswered is sent again, and the server ends in order once all is recorded.
 */
export async function runCampaign(seed: string, kills: number): Promise<Campaign> {
  const campaign = await begunCampaign(seed);
  try {
    let isStricter = false;
    for (let round = 0; round < kills; round++) {
      const stricter: boolean = !isStricter && round >= kills / 2;
      isStricter = (await runRound(campaign, round, stricter)) || isStricter;
    }
    await served(campaign.folder, (server) => settle(campaign, server));
    return campaign;
  } catch (error) {
    remove(campaign.folder);
    throw error;
  }
}

/** A folder with the rules in force, and nothing sent yet. */
export async function begunCampaign(seed: string): Promise<Campaign> {
  const campaign: Campaign = {
    folder: newFolder(),
    ledger: newLedger(),
    kills: { answered: 0, underLoad: 0, starting: 0 },
    aftermath: { storedUnanswered: 0, undecided: 0, alertsAhead: 0 },
    random: randomFrom(`kills ${seed}`),
    payments: traffic(seed, Date.now()),
  };
  await served(campaign.folder, (server) => rulesInForce(operator(server), FIRST));
  return campaign;
}

export type Server = Pick<Deployment, 'url' | 'keys'>;
const operator = (server: Server) => apiWith(server, server.keys.operate);

async function running(folder: string, victim: Victim): Promise<Server> {
  const url = await victim.serving;
  if (url === undefined) {
    await victim.kill();
    throw new Error('the server ended instead of serving');
  }
  return { url, keys: keysIn(folder) };
}

/** Serves for as long as `work` takes, and ends in order. */
export async function served<T>(folder: string, work: (server: Server) => Promise<T>): Promise<T> {
  const victim = startVictim(folder);
  try {
    const result = await work(await running(folder, victim));
    await victim.stop();
    return result;
  } catch (error) {
    await victim.kill();
    throw error;
  }
}

/**
 * Starts the server, and kills it at that round's moment.
 * @returns whether the stricter rules are known to be in force, where they were asked for
 */
export async function runRound(campaign: Campaign, round: number, stricter: boolean): Promise<boolean> {
  const { folder, ledger, random, payments, kills } = campaign;
  const point = killPoint(random, round);
  kills[point.when]++;
  const victim = startVictim(folder);
  if (point.when === 'starting') {
    await sleep(point.afterMs);
    await victim.kill();
    return false;
  }
  const server = await running(folder, victim);
  const load = startLoad({
    url: server.url,
    key: server.keys.submit,
    listKey: server.keys.work,
    ledger,
    next: () => payments.next(round),
    random: random.fork(round),
  });
  const activation = stricter ? activated(server) : Promise.resolve(false);
  // The load ends before its server only by a fault: then there is nothing to wait for.
  await Promise.race([momentOf(point, load), load.ended]);
  await victim.kill();
  await load.ended;
  const left = aftermathOf(folder, ledger);
  for (const key of Object.keys(left) as (keyof Aftermath)[]) campaign.aftermath[key] += left[key];
  return activation;
}

/** The kill may come first: then the next round tries again. */
async function activated(server: Server): Promise<boolean> {
  try {
    return (await rulesInForce(operator(server), STRICTER)) !== undefined;
  } catch (error) {
    if ((error as Error).message === 'fetch failed') return false;
    throw error;
  }
}

function momentOf(point: Exclude<KillPoint, { when: 'starting' }>, load: Load): Promise<unknown> {
  return point.when === 'underLoad' ? sleep(point.afterMs) : load.answered(point.count, point.kind);
}

/** Every submission is answered, every transaction decided, every view caught up. */
export async function settle(campaign: Pick<Campaign, 'ledger' | 'random'>, server: Server): Promise<void> {
  await answered(campaign, server);
  await caughtUp(server);
}

/** What was left unanswered is sent again until it is answered. */
export async function answered(
  { ledger, random }: Pick<Campaign, 'ledger' | 'random'>,
  { url, keys }: Server,
): Promise<void> {
  // What got an answer that it may not get would be sent for ever.
  while (ledger.unanswered.size > 0 && ledger.unexpected.length === 0) {
    await startLoad({ url, key: keys.submit, ledger, next: () => undefined, random }).ended;
  }
}

export async function caughtUp(server: Server): Promise<void> {
  const reader = apiWith(server, server.keys.read);
  // An alert may be appended after the head was looked at: it has to stand still, too.
  for (let head = ''; ; ) {
    const { body } = await reader.get('/v1/status');
    const stages: { name: string; lag: number; state: string; problem: string | null }[] = body.stages;
    const stopped = stages.find(({ state }) => state === 'stopped');
    if (stopped !== undefined) throw new Error(`${stopped.name} has stopped: ${stopped.problem}`);
    const isThere = stages.every(({ lag }) => lag === 0);
    if (isThere && body.position === head) return;
    head = isThere ? body.position : '';
    await sleep(20);
  }
}
