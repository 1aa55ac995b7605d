import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../../../infra/simulator/random.ts';
import { apiWith } from '../../support/api.ts';
import { enter, type Ledger, noteAnswer } from '../ledger.ts';
import type { Traffic } from '../traffic.ts';
import { type ClusterLoad, startClusterLoad } from './cluster-load.ts';
import { cutShort, withAdmin } from './engine-strikes.ts';
import { goneOn } from './progress.ts';
import { settled } from './settling.ts';
import type { Victims } from './victims.ts';
import type { Mechanism } from './without.ts';

/** How long is waited for a deployment that may never settle. */
const SETTLES_WITHIN_MS = 8_000;
const A_BATCH = 40;
const BATCHES = 15;

type Provocation = (victims: Victims, ledger: Ledger, payments: Traffic) => Promise<void>;

/** What a deployment goes through for which it has each mechanism, as directly as it can be done to it. */
export const PROVOCATIONS: Record<Mechanism, Provocation> = {
  'interval check': unreadRecordsExpire,
  'expected revision': twoDoorsAtOnce,
  'compare-and-set': zombieWakes,
};

function loadOn(victims: Victims, ledger: Ledger, payments: Traffic): ClusterLoad {
  return startClusterLoad({
    apis: victims.processes.api,
    key: victims.keys().submit,
    ledger,
    random: randomFrom('load'),
    restMs: 200,
    next: () => payments.next(0),
  });
}

/** Records that no processor has read are gone; others come after them. */
async function unreadRecordsExpire(victims: Victims, ledger: Ledger, payments: Traffic): Promise<void> {
  const { processes, engines, topic } = victims;
  const load = loadOn(victims, ledger, payments);
  await goneOn(victims, ledger, 'processor');
  await Promise.all(processes.processor.map((each) => each.stop()));
  await sleep(1_500);
  await withAdmin(engines.kafka.url, (admin) => cutShort(admin, topic));
  await Promise.all(processes.processor.map((each) => each.start()));
  await sleep(1_000);
  await load.end();
  await settledOrNot(victims, ledger);
}

/** The same payments are submitted at two doors at the same time. */
async function twoDoorsAtOnce(victims: Victims, ledger: Ledger, payments: Traffic): Promise<void> {
  const doors = victims.processes.api.map(({ url }) => apiWith({ url: url! }, victims.keys().submit));
  for (let batch = 0; batch < BATCHES; batch++) {
    const entries = Array.from({ length: A_BATCH }, () => enter(ledger, payments.next(batch)));
    const sent = entries.map(({ transaction }) => transaction);
    await Promise.all(
      doors.map(async (door) => {
        for (const entry of entries) entry.sent++;
        const { body } = await door.post('/v1/transactions/batch', sent);
        for (const [i, entry] of entries.entries()) noteAnswer(ledger, entry, body[i].status, body[i]);
      }),
    );
  }
  await settledOrNot(victims, ledger);
}

/** A processor is frozen in the middle of its work until others have gone on with it, and wakes. */
async function zombieWakes(victims: Victims, ledger: Ledger, payments: Traffic): Promise<void> {
  const load = loadOn(victims, ledger, payments);
  await goneOn(victims, ledger, 'processor');
  const [zombie] = victims.processes.processor;
  await zombie!.freeze(sleep(1_000).then(() => goneOn(victims, ledger, 'processor')));
  await sleep(2_000);
  await load.end();
  await settledOrNot(victims, ledger);
}

/** Without the mechanism it may stand still: what came of it is for the comparison to tell. */
async function settledOrNot(victims: Victims, ledger: Ledger): Promise<void> {
  await settled(victims, { ledger, random: randomFrom('settling') }, SETTLES_WITHIN_MS).catch(
    () => undefined,
  );
}
