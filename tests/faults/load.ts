import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from '../../domain/transaction.ts';
import { type ApiClient, connectTo } from '../../infra/client/api-client.ts';
import type { Random } from '../../infra/simulator/random.ts';
import { type Entry, enter, type Ledger, nameOf, noteAnswer } from './ledger.ts';
import { changeWatched } from './watched.ts';

const SINGLE_LANES = 20;
/** Between tries of what the server asked to send again. */
const AGAIN_MS = 50;

export interface LoadOptions {
  url: string;
  /** With the scope to submit. */
  key: string;
  /** With the scope to change lists; by default nobody changes any. */
  listKey?: string;
  ledger: Ledger;
  /** The next new payment; undefined when there are no more. */
  next(): Transaction | undefined;
  random: Random;
  /** How long a client rests between its requests, on average; batches are so much rarer as they are bigger. */
  restMs?: number;
}

/** Submissions of many clients at once, until the server is gone or nothing is left to send. */
export interface Load {
  /** Resolves when so many answers have come, of all submissions or of those streamed in batches. */
  answered(count: number, kind: 'any' | 'streamed'): Promise<void>;
  /** Resolves when every client has lost its server, or has nothing to send. */
  ended: Promise<void>;
}

export function startLoad({ url, key, listKey, ledger, next, random, restMs = 0 }: LoadOptions): Load {
  const client = connectTo(url, SINGLE_LANES + 2);
  const again = [...ledger.unanswered].values();
  const known = [...ledger.entries.values()];
  const waits = new Set<() => void>();
  const count = { any: 0, streamed: 0 };
  let isOver = false;

  /** What was left unanswered comes first; then new payments, and now and then one that was sent before. */
  function draw(): Entry | undefined {
    const left = again.next();
    if (!left.done) return left.value;
    if (isOver) return undefined;
    if (known.length > 0 && random.perMille(60)) return random.pick(known);
    const payment = next();
    isOver = payment === undefined;
    if (payment === undefined) return undefined;
    const entry = enter(ledger, payment);
    known.push(entry);
    return entry;
  }
  async function rest(factor: number): Promise<void> {
    if (restMs > 0 && !isOver) await sleep(random.below(2 * restMs * factor));
  }
  const drawn = (most: number) => Array.from({ length: most }, draw).filter((entry) => entry !== undefined);

  function note(entry: Entry, status: number, body: unknown, streamed = false): boolean {
    const isFinal = noteAnswer(ledger, entry, status, body);
    if (isFinal) count.any++;
    if (isFinal && streamed) count.streamed++;
    for (const check of waits) check();
    return isFinal;
  }

  async function single(): Promise<void> {
    for (let entry = draw(); entry !== undefined; entry = draw()) {
      const prefer = random.perMille(300) ? `wait=${random.pick(['0.002', '0.05', '5'])}` : undefined;
      while (!(await submit(client, key, entry, prefer, note))) await sleep(AGAIN_MS);
      if (random.perMille(5)) await submitChanged(client, key, entry, ledger);
      await rest(1);
    }
  }

  async function arrays(): Promise<void> {
    for (let entries = drawn(40); entries.length > 0; entries = drawn(40)) {
      await submitArray(client, key, entries, note);
      await rest(2);
    }
  }

  async function streams(): Promise<void> {
    for (let entries = drawn(200); entries.length > 0; entries = drawn(200)) {
      await submitLines(url, key, entries, (entry, status, body) => note(entry, status, body, true));
      await rest(5);
    }
  }

  async function lists(): Promise<void> {
    if (listKey === undefined) return;
    const own = random.fork(`lists ${random.hex(4)}`);
    const occurred = () =>
      known.length === 0 ? Date.now() : Date.parse(own.pick(known.slice(-100)).transaction.occurredAt);
    await changeWatched(client, listKey, own, occurred, () => isOver);
  }

  const lanes = [...Array.from({ length: SINGLE_LANES }, single), arrays(), streams(), lists()];
  return {
    answered(wanted, kind) {
      return new Promise((resolve) => {
        const check = () => {
          if (count[kind] < wanted) return;
          waits.delete(check);
          resolve();
        };
        waits.add(check);
        check();
      });
    },
    ended: Promise.all(lanes.map(untilGone)).then(() => client.close()),
  };
}

/** A client whose server is gone ends; what it had sent stays unanswered. */
async function untilGone(lane: Promise<void>): Promise<void> {
  try {
    await lane;
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
  }
}

const isConnectionLost = (error: unknown) =>
  /ECONNRE|EPIPE|socket hang up|aborted|premature/i.test((error as Error).message);

type Note = (entry: Entry, status: number, body: unknown) => boolean;

async function submit(
  client: ApiClient,
  key: string,
  entry: Entry,
  prefer: string | undefined,
  note: Note,
): Promise<boolean> {
  entry.sent++;
  const body = JSON.stringify(entry.transaction);
  const answer = await client.send({
    method: 'POST',
    path: '/v1/transactions',
    key,
    body,
    ...(prefer === undefined ? {} : { prefer }),
  });
  return note(entry, answer.status, JSON.parse(answer.body)) || answer.status !== 503;
}

/** Other content under a known id is a conflict, whatever crashed in between. */
async function submitChanged(client: ApiClient, key: string, entry: Entry, ledger: Ledger): Promise<void> {
  if (entry.answers.length === 0) return;
  const { transaction } = entry;
  const body = JSON.stringify({ ...transaction, amountMinor: transaction.amountMinor + 1 });
  const { status } = await client.send({ method: 'POST', path: '/v1/transactions', key, body });
  if (status !== 409 && status !== 503)
    ledger.unexpected.push(`${nameOf(transaction)} with another amount: ${status}`);
}

interface ItemAnswer {
  status: number;
  line?: number;
}

async function submitArray(client: ApiClient, key: string, entries: Entry[], note: Note): Promise<void> {
  for (const entry of entries) entry.sent++;
  const body = JSON.stringify(entries.map(({ transaction }) => transaction));
  const answer = await client.send({ method: 'POST', path: '/v1/transactions/batch', key, body });
  const items = answer.status === 200 ? (JSON.parse(answer.body) as ItemAnswer[]) : undefined;
  for (const [i, entry] of entries.entries()) {
    const item = items?.[i] ?? { status: answer.status };
    note(entry, item.status, item);
  }
}

/** Sends a batch line by line, and notes each answer as it comes. */
function submitLines(url: string, key: string, entries: Entry[], note: Note): Promise<void> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/v1/transactions/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    });
    sending.on('error', reject);
    sending.on('response', (response) => {
      response.on('error', reject);
      response.on('end', resolve);
      let rest = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop()!;
        for (const line of lines) {
          const answer = JSON.parse(line) as ItemAnswer;
          if (answer.line !== undefined) note(entries[answer.line - 1]!, answer.status, answer);
        }
      });
    });
    void write(sending, entries).then(() => sending.end(), reject);
  });
}

async function write(sending: ReturnType<typeof request>, entries: Entry[]): Promise<void> {
  const GROUP = 20;
  for (let from = 0; from < entries.length; from += GROUP) {
    const group = entries.slice(from, from + GROUP);
    for (const entry of group) entry.sent++;
    sending.write(group.map(({ transaction }) => `${JSON.stringify(transaction)}\n`).join(''));
    await sleep(2);
  }
}
