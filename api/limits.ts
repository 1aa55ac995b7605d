/** What a client may ask of the server. Sizes in bytes, times in milliseconds. */
export interface Limits {
  /** Body of a request, unless its route says otherwise; also one line or item of a batch. */
  bodyBytes: number;
  batchBytes: number;
  batchItems: number;
  ruleSetBytes: number;
  /** What one request puts on a list. */
  listBytes: number;
  /** Time for a request's headers to arrive. */
  headersMs: number;
  /** Time for a body to arrive, streams apart. */
  bodyMs: number;
  /** Time for any request to arrive, streams included. */
  requestMs: number;
  /** A connection on which nothing moves for so long is closed. Longer than a client may wait for an answer. */
  idleMs: number;
  keepAliveMs: number;
  connections: number;
  liveListeners: number;
  /** A listener hears from the live feed at least this often. */
  heartbeatMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 64 * 1024,
  batchBytes: 8 * 1024 * 1024,
  batchItems: 10_000,
  ruleSetBytes: 256 * 1024,
  listBytes: 1024 * 1024,
  headersMs: 10_000,
  bodyMs: 10_000,
  requestMs: 3_600_000,
  idleMs: 60_000,
  keepAliveMs: 65_000,
  connections: 4_096,
  liveListeners: 256,
  heartbeatMs: 10_000,
};
