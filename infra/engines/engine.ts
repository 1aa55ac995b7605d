/** A server that this process started for itself: for a demonstration, a test or a benchmark, never for production. */
export interface Engine {
  /** Where clients find it, as the environment variable of `shrike serve` takes it. */
  url: string;
  /** Ends it and removes what it has written. */
  stop(): Promise<void>;
}

/** An engine cannot be started on this machine; the message says what would help. */
export class EngineUnavailable extends Error {
  readonly engine: string;
  constructor(engine: string, help: string) {
    super(`${engine}: ${help}`);
    this.name = 'EngineUnavailable';
    this.engine = engine;
  }
}
