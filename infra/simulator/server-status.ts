import { setTimeout as sleep } from 'node:timers/promises';
import type { Verdict } from '../../domain/decision.ts';
import { type ApiClient, problemOf } from '../client/api-client.ts';
import type { Outcome } from './play-live.ts';

/** How many positions the slowest stage is behind the store. */
export async function lagOf(client: ApiClient, readKey: string): Promise<number> {
  const answer = await client.send({ method: 'GET', path: '/v1/status', key: readKey });
  if (answer.status !== 200) throw new Error(`No status: ${problemOf(answer)}`);
  const { stages } = JSON.parse(answer.body) as { stages: { lag: number }[] };
  return Math.max(0, ...stages.map(({ lag }) => lag));
}

/** Where the store ends. */
export async function positionOf(client: ApiClient, readKey: string): Promise<number> {
  const answer = await client.send({ method: 'GET', path: '/v1/status', key: readKey });
  if (answer.status !== 200) throw new Error(`No status: ${problemOf(answer)}`);
  return Number((JSON.parse(answer.body) as { position: string }).position);
}

/** How many alerts were opened after a position. */
export async function alertsSince(client: ApiClient, readKey: string, position: number): Promise<number> {
  let count = 0;
  for (let cursor = ''; ; ) {
    const path = `/v1/alerts?order=newest&limit=500${cursor}`;
    const answer = await client.send({ method: 'GET', path, key: readKey });
    if (answer.status !== 200) throw new Error(`No alerts: ${problemOf(answer)}`);
    const page = JSON.parse(answer.body) as { alerts: { position: string }[]; nextCursor: string | null };
    const since = page.alerts.filter((alert) => Number(alert.position) > position).length;
    count += since;
    if (page.nextCursor === null || since < page.alerts.length) return count;
    cursor = `&cursor=${page.nextCursor}`;
  }
}

/** Waits until everything submitted is decided and shown. @throws Error where it takes longer than `timeoutMs` */
export async function untilCaughtUp(
  client: ApiClient,
  readKey: string,
  onLag: (lag: number) => void,
  timeoutMs = 600_000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const lag = await lagOf(client, readKey);
    onLag(lag);
    if (lag === 0) return;
    if (performance.now() > deadlineMs)
      throw new Error(`The server is still ${lag} facts behind after ${timeoutMs} ms`);
    await sleep(100);
  }
}

/** Looks at the lag four times a second until it is told to end. */
export async function watchLag(
  client: ApiClient,
  readKey: string,
  onLag: (lag: number) => void,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    onLag(await lagOf(client, readKey));
    await sleep(250);
  }
}

/** The same outcomes, those without a decision in time with the one that was made since. */
export async function withLateDecisions(
  outcomes: readonly Outcome[],
  client: ApiClient,
  readKey: string,
): Promise<Outcome[]> {
  return Promise.all(
    outcomes.map((outcome) =>
      outcome.decision !== null || outcome.failure !== null ? outcome : decided(outcome, client, readKey),
    ),
  );
}

async function decided(outcome: Outcome, client: ApiClient, readKey: string): Promise<Outcome> {
  const { accountId, transactionId } = outcome;
  const path = `/v1/transactions/${encodeURIComponent(transactionId)}?accountId=${encodeURIComponent(accountId)}`;
  const answer = await client.send({ method: 'GET', path, key: readKey });
  if (answer.status !== 200) return { ...outcome, failure: problemOf(answer) };
  const { decision, reasons } = JSON.parse(answer.body) as { decision: Verdict; reasons: string[] };
  return { ...outcome, decision, reasons };
}
