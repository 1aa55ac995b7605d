import type { Digest } from './digest.ts';
import type { Input } from './input.ts';

/** Hears when results can be read: of one transaction, or of all of a partition up to a store position. */
export interface ResultListener {
  result(transactionId: string): void;
  decided(partition: number, position: number): void;
}

/** Something that scores the payments of a topic. */
export interface Contender {
  name: string;
  /** Starts it on nothing. @param eventStoreUrl the store of the input where it is at work, else a copy is made */
  begin(input: Input, eventStoreUrl?: string): Promise<ContenderRun>;
}

export interface ContenderRun {
  /** Share of the input's records whose results are committed, 0..1. */
  progress(): Promise<number>;
  /** As a power cut would end it, and at once starts it again on what it had committed. */
  killAndRestart(): Promise<void>;
  /** Of everything it has committed. */
  results(): Promise<Digest>;
  listen(listener: ResultListener): Promise<{ stop(): Promise<void> }>;
  /** Ends it, and removes what it has written. @throws if it had ended by itself */
  end(): Promise<void>;
}
