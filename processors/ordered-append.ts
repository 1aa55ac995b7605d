import { type ExportRecord, type ExportTopic, RecordsRefused } from '../domain/export-record.ts';
import type { ExportLog } from '../domain/ports.ts';

/** A record that was not appended, and why. */
export interface Undelivered<R> {
  record: R;
  problem: string;
}

/** Appends one batch, again and again if need be. @throws RecordsRefused, or its last failure if it gave up */
export type Attempt = (append: () => Promise<void>) => Promise<void>;

/** Of one batch: enough to be cheap, little enough to stay far below a broker's limit of a megabyte. */
const BATCH_RECORDS_MAX = 500;
const BATCH_CHARACTERS_MAX = 400_000;

/**
 * Appends records of a topic to a partition in order. One that is refused is found by halving its batch; it and what
 * follows it of its account are left out. Where an attempt gives up, everything from its batch on is left out.
 * @returns what was left out, in order
 */
export async function appendInOrder<R extends ExportRecord>(
  log: ExportLog,
  topic: ExportTopic,
  partition: number,
  records: readonly R[],
  attempt: Attempt,
): Promise<Undelivered<R>[]> {
  const refused = new Map<string, number>();
  const left: Undelivered<R>[] = [];
  const batches = batched(records);
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
    const open = batch.filter((record) => {
      const revision = refused.get(record.accountId);
      if (revision !== undefined) left.push({ record, problem: behind(revision) });
      return revision === undefined;
    });
    if (open.length === 0) continue;
    try {
      await attempt(() => log.append(topic, partition, open));
    } catch (error) {
      const { message: problem } = error as Error;
      if (!(error instanceof RecordsRefused)) {
        left.push(...[open, ...batches].flat().map((record) => ({ record, problem })));
        return left;
      }
      const half = Math.ceil(open.length / 2);
      if (open.length > 1) batches.unshift(open.slice(0, half), open.slice(half));
      else left.push({ record: open[0]!, problem });
      if (open.length === 1) refused.set(open[0]!.accountId, open[0]!.revision);
    }
  }
  return left;
}

/** What is said of a record that was not tried, for an earlier one of its account is not delivered. */
export const behind = (revision: number): string => `waits behind revision ${revision}`;

function batched<R extends ExportRecord>(records: readonly R[]): R[][] {
  const batches: R[][] = [];
  let characters = 0;
  for (const record of records) {
    const batch = batches.at(-1);
    characters += record.value.length;
    if (batch === undefined || batch.length === BATCH_RECORDS_MAX || characters > BATCH_CHARACTERS_MAX) {
      batches.push([record]);
      characters = record.value.length;
    } else batch.push(record);
  }
  return batches;
}
