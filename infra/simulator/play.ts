import type { ProgressLine } from '../cli/progress-line.ts';
import { type ApiClient, connectTo } from '../client/api-client.ts';
import { playHistory } from './play-history.ts';
import { type LiveOptions, type Outcome, playLive } from './play-live.ts';
import { alertsSince, positionOf, untilCaughtUp, watchLag, withLateDecisions } from './server-status.ts';
import type { SimulatedTransaction } from './simulate.ts';

export interface PlayOptions {
  /** Of the server, e.g. `http://127.0.0.1:7070`. */
  url: string;
  keys: { submit: string; read: string; operate: string };
  /** What occurred before is history and is imported; the rest is submitted live. Milliseconds since the epoch. */
  liveFromMs: number;
  ratePerSecond: number;
  connections: number;
  waitMs: number;
  /** Opens the line that shows how far a part of the play has come. */
  progress(label: string, total: number): ProgressLine;
  signal?: AbortSignal | undefined;
}

export interface Played {
  history: { transactions: number; seconds: number };
  live: { outcomes: Outcome[]; seconds: number; degraded: number; queue: number };
}

/** Plays a stream to a server through its HTTP API: history first, then the live part as payers would send it. */
export async function play(stream: readonly SimulatedTransaction[], options: PlayOptions): Promise<Played> {
  const client = connectTo(options.url, options.connections);
  try {
    const liveAt = stream.findIndex(({ occurredAtMs }) => occurredAtMs >= options.liveFromMs);
    const split = liveAt === -1 ? stream.length : liveAt;
    const history = await importHistory(stream.slice(0, split), client, options);
    const live = await submitLive(stream.slice(split), client, options);
    return { history, live };
  } finally {
    client.close();
  }
}

async function importHistory(
  history: readonly SimulatedTransaction[],
  client: ApiClient,
  { keys, progress }: PlayOptions,
): Promise<Played['history']> {
  const startMs = performance.now();
  const line = progress('history', history.length);
  const onProgress = (done: number): void => line.update(done);
  const transactions = await playHistory(history, client, { operateKey: keys.operate, onProgress });
  await untilCaughtUp(client, keys.read, (lag) => line.update(transactions, `lag ${lag}`));
  line.finish();
  return { transactions, seconds: (performance.now() - startMs) / 1_000 };
}

async function submitLive(
  transactions: readonly SimulatedTransaction[],
  client: ApiClient,
  { keys, progress, ratePerSecond, waitMs, signal }: PlayOptions,
): Promise<Played['live']> {
  const line = progress('live', transactions.length);
  const shown = { done: 0, alerts: 0, lag: 0, isOver: false };
  const show = (): void => line.update(shown.done, `alerts ${shown.alerts}  lag ${shown.lag}`);
  const onLag = (lag: number): void => {
    shown.lag = lag;
    show();
  };
  const onOutcome: LiveOptions['onOutcome'] = ({ decision }) => {
    shown.done++;
    if (decision === 'review' || decision === 'decline') shown.alerts++;
    show();
  };
  const before = await positionOf(client, keys.read);
  const playing = playLive(transactions, client, {
    submitKey: keys.submit,
    ratePerSecond,
    waitMs,
    onOutcome,
    signal,
  }).finally(() => {
    shown.isOver = true;
  });
  const watching = watchLag(client, keys.read, onLag, () => shown.isOver);
  const [live] = await Promise.all([playing, watching]);
  await untilCaughtUp(client, keys.read, onLag);
  line.finish();
  const outcomes = await withLateDecisions(live.outcomes, client, keys.read);
  const degraded = live.outcomes.filter(
    ({ decision, failure }) => decision === null && failure === null,
  ).length;
  return { outcomes, seconds: live.seconds, degraded, queue: await alertsSince(client, keys.read, before) };
}
