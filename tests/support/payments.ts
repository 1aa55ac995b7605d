import type { Transaction } from '../../domain/transaction.ts';
import type { Answer, Api } from './api.ts';

/** Simple enough that every expectation is computed by hand. */
export const RULES = `name: acceptance
features:
  count_1h: { aggregate: count, window: 1h }
  sum_24h: { aggregate: sum, window: 24h }
  mean_before: { aggregate: mean, window: 30d, prior: true }
  since: { aggregate: sinceLast }
  new_device: { aggregate: firstSeen, of: deviceId }
rules:
  - { id: many, when: count_1h >= 3, points: 50, reason: MANY }
  - { id: much, when: sum_24h > 100000, points: 60, reason: MUCH }
  - { id: jump, when: amountBaseMinor > 10 * mean_before, points: 30, reason: JUMP }
thresholds: { review: 50, decline: 80 }
`;

/** What is enough for a review under RULES, and what is not. */
export const SUSPICIOUS_MINOR = 100_001;
export const HARMLESS_MINOR = 100;

let count = 0;
/** Ids that no other test uses. */
export const newId = (prefix: string): string =>
  `${prefix}-${(++count).toString(36)}-${process.pid.toString(36)}`;

/** When a payment happens that happens so many minutes ago. */
export const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

/** A new payment of now. */
export const payment = (fields: Partial<Transaction> = {}): Transaction => ({
  transactionId: newId('t'),
  accountId: newId('a'),
  amountMinor: HARMLESS_MINOR,
  currency: 'EUR',
  occurredAt: new Date().toISOString(),
  ...fields,
});

export const WAITING = { prefer: 'wait=10' };

/** Publishes a rule set and puts it in force. @returns the position after which it is */
export async function inForce(operator: Api, source: string): Promise<string> {
  const published = await operator.post('/v1/rulesets', { source });
  const { name, version } = published.body;
  const activated = await operator.post(`/v1/rulesets/${name}/activate`, { version });
  return activated.body.position;
}

/** Everything a list gives, page by page. */
export async function pages(
  api: Api,
  path: string,
  member: string,
  between = async (_: Answer) => {},
): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Answer = await api.get(path + (cursor === '' ? '' : `&cursor=${cursor}`));
    if (page.status !== 200) throw new Error(`${path}: ${page.status} ${JSON.stringify(page.body)}`);
    found.push(...page.body[member]);
    cursor = page.body.nextCursor;
    await between(page);
  }
  return found;
}
