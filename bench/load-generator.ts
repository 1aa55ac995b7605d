/** The process that makes the load. A request that is late because the one before it was counts from when it was due. */
import { randomUUID } from 'node:crypto';
import { HttpConnection } from './http-connection.ts';
import type { LoadOrder, LoadResult } from './load-messages.ts';
import { payingAccount, paymentJson } from './payments.ts';

class Load {
  readonly #order: LoadOrder;
  readonly #head: string;
  readonly #run = randomUUID().slice(0, 8);
  readonly #idle: HttpConnection[] = [];
  readonly #all: HttpConnection[] = [];
  readonly #due: number[] = [];
  readonly #latenciesMs: number[] = [];
  readonly #statuses: Record<number, number> = {};
  readonly #finished = Promise.withResolvers<void>();
  #begun = 0;
  #ended = false;

  constructor(order: LoadOrder) {
    this.#order = order;
    const wait = order.waitSeconds === undefined ? '' : `Prefer: wait=${order.waitSeconds}\r\n`;
    this.#head = `POST /v1/transactions HTTP/1.1\r\nHost: ${order.host}\r\nAuthorization: Bearer ${order.key}\r\n${wait}Content-Type: application/json\r\nContent-Length: `;
  }

  async run(): Promise<LoadResult> {
    const { seconds, ratePerSecond } = this.#order;
    const startMs = performance.now();
    if (ratePerSecond === undefined) {
      while (this.#all.length < this.#order.connections) this.#send(this.#connect(), startMs);
      setTimeout(() => this.#end(), seconds * 1_000);
    } else this.#keepRate(startMs, ratePerSecond);
    await this.#finished.promise;
    for (const connection of this.#all) connection.close();
    return {
      latenciesMs: Float64Array.from(this.#latenciesMs),
      perSecond: (this.#latenciesMs.length / (performance.now() - startMs)) * 1_000,
      statuses: this.#statuses,
    };
  }

  /** Timers are good to a millisecond: what is due by now goes together. */
  #keepRate(startMs: number, ratePerSecond: number): void {
    const count = ratePerSecond * this.#order.seconds;
    let next = 0;
    const tick = () => {
      const due = Math.min(count, ((performance.now() - startMs) * ratePerSecond) / 1_000);
      for (; next < due; next++) this.#begin(startMs + (next * 1_000) / ratePerSecond);
      if (next < count) setTimeout(tick, 1);
      else this.#end();
    };
    tick();
  }

  #begin(dueMs: number): void {
    const connection = this.#idle.pop();
    if (connection !== undefined) this.#send(connection, dueMs);
    else if (this.#all.length < this.#order.connections) this.#send(this.#connect(), dueMs);
    else this.#due.push(dueMs);
  }

  #connect(): HttpConnection {
    const { host, port } = this.#order;
    const connection = new HttpConnection(host, port, (error) => this.#finished.reject(error));
    this.#all.push(connection);
    return connection;
  }

  #send(connection: HttpConnection, dueMs: number): void {
    const body = paymentJson(`${this.#run}-${++this.#begun}`, payingAccount(), Date.now());
    connection.send(`${this.#head}${body.length}\r\n\r\n${body}`, (status) => {
      this.#latenciesMs.push(performance.now() - dueMs);
      this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
      this.#next(connection);
    });
  }

  #next(connection: HttpConnection): void {
    const waiting = this.#due.shift();
    if (waiting !== undefined) this.#send(connection, waiting);
    else if (this.#order.ratePerSecond === undefined && !this.#ended)
      this.#send(connection, performance.now());
    else this.#idle.push(connection);
    this.#finishIfDone();
  }

  #end(): void {
    this.#ended = true;
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#ended && this.#idle.length === this.#all.length) this.#finished.resolve();
  }
}

process.on('message', async (order: LoadOrder) => {
  process.send!(await new Load(order).run());
});
