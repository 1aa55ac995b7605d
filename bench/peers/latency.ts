import { setTimeout as delay } from 'node:timers/promises';
import { accountStream, type FactDraft, NO_STREAM, type TransactionSubmitted } from '../../domain/facts.ts';
import type { LogPublisher, LogRecord } from '../../domain/ports.ts';
import { startEventStore } from '../../infra/engines/event-store-server.ts';
import type { Contender, ResultListener } from './contender.ts';
import { draftOf, type Input, startMirror } from './input.ts';
import { payments } from './traffic.ts';

const RATE = 1_000;

export interface Latency {
  p50: number;
  p99: number;
  digest: string;
}

/**
 * From when the mirror hands a payment to its producer until its result can be read, at 1,000 payments a second, in ms.
 * @param warmSeconds before the measured ones
 */
export async function latencyOf(
  contender: Contender,
  input: Input,
  warmSeconds: number,
  seconds: number,
): Promise<Latency> {
  const eventStore = await startEventStore({ copyOf: input.folder });
  const times = new ResultTimes();
  const mirroring = startMirror(input, eventStore.url, (publisher) => times.listeningTo(publisher));
  const run = await contender.begin(input, eventStore.url);
  try {
    const reading = await run.listen(times);
    await times.allKnown(input.payments);
    times.forget();
    const first = input.payments;
    input.payments += (warmSeconds + seconds) * RATE;
    await pay(mirroring.store, input, first);
    await times.allKnown(input.payments - first);
    await reading.stop();
    const took = times.took.slice(warmSeconds * RATE).sort((a, b) => a - b);
    const percentile = (percent: number) => took[Math.floor((took.length * percent) / 100)]!;
    return { p50: percentile(50), p99: percentile(99), digest: String(await run.results()) };
  } finally {
    await mirroring.stop();
    await run.end();
    await eventStore.stop();
  }
}

type Store = ReturnType<typeof startMirror>['store'];

/** Appends the payments from number `first` on, evenly: what is late is not left out. */
async function pay(store: Store, input: Input, first: number): Promise<void> {
  const all = [...payments(input.payments, input.stepMs)];
  const accounts = new Map<string, AccountAppends>();
  const accountOf = ({ transaction }: TransactionSubmitted): AccountAppends => {
    const stream = accountStream(transaction.accountId);
    const known = accounts.get(stream) ?? new AccountAppends(store, stream);
    accounts.set(stream, known);
    return known;
  };
  for (const payment of all.slice(0, first)) accountOf(payment).revision++;
  const begun = performance.now();
  for (let paid = first; paid < all.length; await delay(1)) {
    const due = Math.min(all.length, first + ((performance.now() - begun) / 1_000) * RATE);
    for (; paid < due; paid++) accountOf(all[paid]!).add(draftOf(all[paid]!));
  }
  await Promise.all([...accounts.values()].map(({ working }) => working));
}

/** One append of an account at a time; what comes meanwhile is the next one. */
class AccountAppends {
  revision = NO_STREAM;
  working: Promise<void> | null = null;
  #waiting: FactDraft[] = [];
  readonly #store: Store;
  readonly #stream: string;

  constructor(store: Store, stream: string) {
    this.#store = store;
    this.#stream = stream;
  }

  add(fact: FactDraft): void {
    this.#waiting.push(fact);
    this.working ??= this.#work();
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const facts = this.#waiting;
      this.#waiting = [];
      const { revision } = await this.#store.append(this.#stream, this.revision, facts);
      this.revision = revision;
    }
    this.working = null;
  }
}

/** When each payment was published, and when its result was read. */
class ResultTimes implements ResultListener {
  /** In the order of the results. */
  took: number[] = [];
  #known = 0;
  readonly #publishedAt = new Map<string, number>();
  readonly #positions = new Map<number, { position: number; transactionId: string }[]>();

  listeningTo(publisher: LogPublisher): LogPublisher {
    return {
      publish: (records) => {
        for (const record of records) this.#published(record);
        return publisher.publish(records);
      },
    };
  }

  result(transactionId: string): void {
    const atMs = this.#publishedAt.get(transactionId);
    if (atMs === undefined) return;
    this.#publishedAt.delete(transactionId);
    this.#known++;
    this.took.push(performance.now() - atMs);
  }

  decided(partition: number, position: number): void {
    const waiting = this.#positions.get(partition) ?? [];
    while (waiting.length > 0 && waiting[0]!.position <= position)
      this.result(waiting.shift()!.transactionId);
  }

  async allKnown(count: number): Promise<void> {
    while (this.#known < count) await delay(5);
  }

  forget(): void {
    this.took = [];
    this.#known = 0;
  }

  #published({ partition, position, fact }: LogRecord): void {
    if (fact === null || fact.key === null) return;
    this.#publishedAt.set(fact.key, performance.now());
    const waiting = this.#positions.get(partition) ?? [];
    this.#positions.set(partition, waiting);
    waiting.push({ position, transactionId: fact.key });
  }
}
