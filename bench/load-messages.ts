/** What the load generator is told. */
export interface LoadOrder {
  host: string;
  port: number;
  /** API key of scope submit. */
  key: string;
  /** Seconds each request waits for its decision; undefined: none waits. */
  waitSeconds?: number;
  seconds: number;
  /** Requests a second, begun on time whatever the server does; undefined: each connection sends when it is answered. */
  ratePerSecond?: number;
  /** At a rate, the most there may be: they are opened as they are needed. */
  connections: number;
}

/** What it measured. */
export interface LoadResult {
  /** Milliseconds from the time a request was due to its whole answer. */
  latenciesMs: Float64Array;
  perSecond: number;
  /** Answers by status. */
  statuses: Record<number, number>;
}
