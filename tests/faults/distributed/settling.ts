import { setTimeout as sleep } from 'node:timers/promises';
import { apiWith } from '../../support/api.ts';
import { answered, type Campaign } from '../campaign.ts';
import type { Victims } from './victims.ts';

const SETTLES_WITHIN_MS = 120_000;

interface Stage {
  name: string;
  partition?: number;
  lag: number;
  state: string;
  problem: string | null;
}

/** Every submission is answered, every transaction decided, every view caught up. @throws if that takes too long */
export async function settled(
  { processes, keys }: Victims,
  campaign: Pick<Campaign, 'ledger' | 'random'>,
  limitMs = SETTLES_WITHIN_MS,
): Promise<void> {
  const [api] = processes.api;
  const server = { url: api!.url!, keys: keys() };
  await within(
    limitMs,
    answered(campaign, server),
    () => `${campaign.ledger.unanswered.size} submissions are not answered`,
  );
  const reader = apiWith(server, server.keys.read);
  let head = '';
  for (const begun = Date.now(); ; await sleep(50)) {
    const { status, body } = await reader.get('/v1/status');
    const stages: Stage[] = status === 200 ? body.stages : [];
    const isThere = status === 200 && stages.every(({ lag, state }) => lag === 0 && state !== 'stopped');
    // An alert may be appended after the head was looked at: it has to stand still, too.
    if (isThere && body.position === head) return;
    head = isThere ? body.position : '';
    if (Date.now() - begun > limitMs) {
      const behind = stages.filter(({ lag, state }) => lag > 0 || state === 'stopped');
      throw new Error(`not caught up with ${body.position ?? status}: ${JSON.stringify(behind)}`);
    }
  }
}

/** @throws what `problem` says if it takes longer */
export async function within<T>(limitMs: number, work: Promise<T>, problem: () => string): Promise<T> {
  const giveUp = new AbortController();
  const late = sleep(limitMs, undefined, { signal: giveUp.signal }).then(() => {
    throw new Error(`after ${limitMs} ms ${problem()}`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    giveUp.abort();
    late.catch(() => undefined);
  }
}
