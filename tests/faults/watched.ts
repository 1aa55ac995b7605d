import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../infra/client/api-client.ts';
import type { Random } from '../../infra/simulator/random.ts';
import type { Api } from '../support/api.ts';
import { inForce } from '../support/payments.ts';
import { ENTITY_RULES, type Thresholds, WATCHED } from './rules.ts';

const REST_MS = 20;
const MERCHANTS = 50;
const MINUTE = 60_000;

/** Defines the list that the rules ask, and puts them in force. @returns the position after which they are */
export async function rulesInForce(operator: Api, { review, decline }: Thresholds): Promise<string> {
  await operator.put(`/v1/lists/${WATCHED}`, { of: 'merchantId' });
  return inForce(operator, ENTITY_RULES(review, decline));
}

/**
 * Puts merchants on the list and takes them off, one at a time, until it is over; some expire about when payments
 * occur. What was stored of it the facts say.
 * @param key with the scope to do so
 * @param occurred when some payment occurs, milliseconds since the epoch
 * @throws where the server is gone, or answers what it may not
 */
export async function changeWatched(
  client: ApiClient,
  key: string,
  random: Random,
  occurred: () => number,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    await sleep(random.below(REST_MS * 2));
    const value = `merchant-${random.below(MERCHANTS)}`;
    const isRemoval = random.perMille(300);
    const expiresAt = new Date(occurred() + random.between(-MINUTE, 5 * MINUTE)).toISOString();
    const entry = { value, expiresAt: random.perMille(500) ? expiresAt : null };
    const { status, body } = await client.send({
      method: 'POST',
      path: `/v1/lists/${WATCHED}/${isRemoval ? 'removals' : 'entries'}`,
      key,
      body: JSON.stringify(isRemoval ? [value] : entry),
    });
    // 503 asks to send it again, which another change will do as well.
    if (status !== 200 && status !== 503)
      throw new Error(`a change of the list is answered ${status}: ${body}`);
  }
}

/** A fact of the list, as far as it is looked at. */
interface ListFact {
  position: number;
  stream: string;
  type: string;
  data: string;
}

interface Entry {
  position: number;
  /** Null where it was taken off. */
  untilMs: number | null;
}

/** Whether a merchant was on the list, by brute force: what was last said before a position. Shares no code. */
export function watchedBefore(
  facts: readonly ListFact[],
): (merchantId: string, position: number, occurredMs: number) => boolean {
  const said = new Map<string, Entry[]>();
  const say = (value: string, entry: Entry) => said.set(value, [...(said.get(value) ?? []), entry]);
  for (const { position, stream, type, data } of facts) {
    if (stream !== `list-${WATCHED}` || type !== 'ListChanged') continue;
    const { added, removed } = JSON.parse(data);
    for (const value of removed) say(value, { position, untilMs: null });
    for (const { value, expiresAt } of added)
      say(value, { position, untilMs: expiresAt === null ? Infinity : Date.parse(expiresAt) });
  }
  return (merchantId, position, occurredMs) => {
    const last = said.get(merchantId)?.findLast((entry) => entry.position < position);
    return last !== undefined && last.untilMs !== null && occurredMs < last.untilMs;
  };
}
