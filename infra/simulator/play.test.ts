import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Transaction } from '../../domain/transaction.ts';
import { type PlayOptions, play } from './play.ts';
import type { SimulatedTransaction } from './simulate.ts';
import { fraud } from './truth.ts';

/** A server that keeps the API's contract and decides by amount alone. */
interface Bank {
  url: string;
  imported: Transaction[];
  live: Transaction[];
  mostAtOnce: number;
  close(): Promise<void>;
}

/** What the bank does with the nth live submission. */
type Mood = (nth: number) => 'decide' | 'overloaded' | 'late' | 'refuse' | 'vanish';

async function openBank(mood: Mood = () => 'decide', importFails = false): Promise<Bank> {
  const bank = { imported: [] as Transaction[], live: [] as Transaction[], mostAtOnce: 0 };
  let seen = 0;
  let atOnce = 0;
  const submit = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const transaction = JSON.parse(await bodyOf(request)) as Transaction;
    const today = mood(seen++);
    bank.mostAtOnce = Math.max(bank.mostAtOnce, ++atOnce);
    await sleep(2);
    atOnce--;
    if (today === 'overloaded')
      return answer(response, 503, { title: 'Busy', detail: 'later' }, { 'retry-after': '0.01' });
    if (today === 'vanish') return void response.socket?.destroy();
    if (today === 'refuse') return answer(response, 400, { title: 'Bad', detail: 'amountMinor is odd' });
    bank.live.push(transaction);
    if (today === 'late') return answer(response, 202, { degraded: true, decision: 'approve' });
    answer(response, 200, decisionOf(transaction));
  };
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://bank');
    const key = request.headers.authorization;
    if (pathname === '/v1/status' && key === 'Bearer r') {
      answer(response, 200, { position: '7', stages: [{ lag: 0 }, { lag: 0 }] });
    } else if (pathname === '/v1/alerts' && key === 'Bearer r') {
      const isFirst = search === '?order=newest&limit=500';
      const positions = isFirst ? ['12', '11', '9'] : ['8', '7', '3'];
      answer(response, 200, { alerts: positions.map((position) => ({ position })), nextCursor: 'on' });
    } else if (pathname === '/v1/transactions/batch' && search === '?origin=import' && key === 'Bearer o') {
      const lines = (await bodyOf(request)).trim().split('\n');
      bank.imported.push(...lines.map((line) => JSON.parse(line) as Transaction));
      const failed = importFails ? 1 : 0;
      if (importFails) response.write('{"line":1,"status":400,"problem":{"detail":"no"}}\n');
      response.end(`${JSON.stringify({ summary: { lines: lines.length, failed } })}\n`);
    } else if (
      pathname === '/v1/transactions' &&
      key === 'Bearer s' &&
      request.headers.prefer === 'wait=0.5'
    ) {
      await submit(request, response);
    } else if (pathname.startsWith('/v1/transactions/') && key === 'Bearer r') {
      const id = decodeURIComponent(pathname.slice('/v1/transactions/'.length));
      answer(response, 200, decisionOf(bank.live.find(({ transactionId }) => transactionId === id)!));
    } else {
      answer(response, 404, { title: 'Not found', detail: pathname });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(bank, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closed(server),
  });
}

function decisionOf({ amountMinor }: Transaction) {
  return { decision: amountMinor > 500 ? 'decline' : 'approve', score: amountMinor / 10, reasons: [] };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

const START_MS = Date.UTC(2026, 10, 24);
const stream: SimulatedTransaction[] = Array.from({ length: 300 }, (_, i) => ({
  occurredAtMs: START_MS + i,
  transaction: {
    transactionId: `t-${i}`,
    accountId: `a-${i % 7}`,
    amountMinor: i,
    currency: 'EUR',
    occurredAt: new Date(START_MS + i).toISOString(),
  },
  truth: i > 290 ? fraud('bust_out', 1) : null,
}));

let bank: Bank | undefined;
afterEach(async () => {
  await bank?.close();
  bank = undefined;
});

function options(url: string, changed: Partial<PlayOptions> = {}): PlayOptions {
  return {
    url,
    keys: { submit: 's', read: 'r', operate: 'o' },
    liveFromMs: START_MS + 100,
    ratePerSecond: 5_000,
    connections: 16,
    waitMs: 500,
    progress: () => ({ update: () => {}, finish: () => {} }),
    ...changed,
  };
}

describe('playing a stream', () => {
  test('imports what is old and submits what is new, each account in order', async () => {
    bank = await openBank();
    const { history, live } = await play(stream, options(bank.url));
    expect(bank.imported).toEqual(stream.slice(0, 100).map(({ transaction }) => transaction));
    expect(history.transactions).toBe(100);
    for (const account of new Set(stream.map(({ transaction }) => transaction.accountId))) {
      const sent = stream
        .slice(100)
        .map(({ transaction }) => transaction)
        .filter(({ accountId }) => accountId === account);
      expect(bank.live.filter(({ accountId }) => accountId === account)).toEqual(sent);
    }
    expect(bank.mostAtOnce).toBeGreaterThan(1);
    expect(live.outcomes.map(({ transactionId }) => transactionId)).toEqual(
      stream.slice(100).map(({ transaction }) => transaction.transactionId),
    );
    expect(live.degraded).toBe(0);
    expect(live.queue).toBe(4);
    expect(live.outcomes.every(({ latencyMs }) => latencyMs >= 1)).toBe(true);
  });

  test('keeps to the rate', async () => {
    bank = await openBank();
    const { live } = await play(stream, options(bank.url, { ratePerSecond: 400 }));
    expect(live.seconds).toBeGreaterThan(0.45);
    expect(live.seconds).toBeLessThan(2);
  });

  test('comes again when there was no room, and does not change the order', async () => {
    bank = await openBank((nth) => (nth % 5 === 0 ? 'overloaded' : 'decide'));
    const { live } = await play(stream, options(bank.url));
    expect(live.outcomes.every(({ decision, failure }) => decision !== null && failure === null)).toBe(true);
    const ofOne = bank.live
      .filter(({ accountId }) => accountId === 'a-3')
      .map(({ amountMinor }) => amountMinor);
    expect(ofOne).toEqual([...ofOne].sort((a, b) => a - b));
  });

  test('reads the decisions that came too late, and tells how many', async () => {
    bank = await openBank((nth) => (nth % 4 === 0 ? 'late' : 'decide'));
    const { live } = await play(stream, options(bank.url));
    expect(live.degraded).toBe(50);
    expect(live.outcomes.every(({ decision }) => decision === 'approve')).toBe(true);
  });

  test('tells what was not taken, and why', async () => {
    bank = await openBank((nth) => (nth === 3 ? 'refuse' : 'decide'));
    const { live } = await play(stream, options(bank.url));
    const failures = live.outcomes.flatMap(({ failure }) => failure ?? []);
    expect(failures).toEqual(['400 Bad: amountMinor is odd']);
  });

  test('stops when told to', async () => {
    bank = await openBank();
    const { live } = await play(stream, options(bank.url, { signal: AbortSignal.abort() }));
    expect(live.outcomes).toEqual([]);
  });

  test('a history refused in part stops it, with the first line refused', async () => {
    bank = await openBank(undefined, true);
    await expect(play(stream, options(bank.url))).rejects.toThrow(/only in part: \{"line":1,"status":400/);
  });

  test('a wrong key stops it', async () => {
    bank = await openBank();
    const keys = { submit: 's', read: 'r', operate: 'wrong' };
    await expect(play(stream, options(bank.url, { keys }))).rejects.toThrow(/History was refused: 404/);
  });

  test('a server that goes away stops it', async () => {
    bank = await openBank((nth) => (nth > 20 ? 'vanish' : 'decide'));
    await expect(play(stream, options(bank.url))).rejects.toThrow(/did not answer/);
  });

  test('a server that is not there stops it', async () => {
    const gone = await openBank();
    await gone.close();
    await expect(play(stream, options(gone.url))).rejects.toThrow(/did not answer/);
    await expect(play(stream.slice(100), options(gone.url))).rejects.toThrow(/did not answer/);
  });
});
