import {
  type DeadLetter,
  type LetterFilter,
  type LetterKey,
  RecordsRefused,
} from '../domain/export-record.ts';
import type { DeadLetters, ExportLog } from '../domain/ports.ts';
import { appendInOrder } from './ordered-append.ts';

export interface RedriveOptions {
  letters: DeadLetters;
  log: ExportLog;
  filter: LetterFilter;
  onProgress?(delivered: number): void;
}

export interface Redriven {
  delivered: number;
  /** Accounts, by topic, of which something was refused again; what follows it stays too. */
  refused: { topic: string; accountId: string; revision: number; problem: string }[];
}

const PAGE = 500;

/**
 * Delivers dead letters in the order of each account, until none are left but those that are refused again, also
 * those that came behind meanwhile. A letter is removed once it is delivered: broken off anywhere, it repeats, and
 * loses nothing. To be run by one at a time.
 * @throws what the log fails with, other than refusing records
 */
export async function redrive({ letters, log, filter, onProgress }: RedriveOptions): Promise<Redriven> {
  const refused = new Map<string, Redriven['refused'][number]>();
  let delivered = 0;
  for (let before = -1; before !== delivered; ) {
    before = delivered;
    for (let after: LetterKey | undefined; ; ) {
      const page = await letters.read(filter, after, PAGE);
      if (page.length === 0) break;
      after = page.at(-1)!;
      const open = page.filter((letter) => !refused.has(accountOf(letter)));
      for (const place of Map.groupBy(open, ({ topic, partition }) => `${topic} ${partition}`).values()) {
        delivered += await deliver(letters, log, place, refused);
        onProgress?.(delivered);
      }
    }
  }
  return { delivered, refused: [...refused.values()] };
}

const accountOf = ({ topic, accountId }: LetterKey): string => `${topic} ${accountId}`;

/** @param place letters of one partition of one topic */
async function deliver(
  letters: DeadLetters,
  log: ExportLog,
  place: readonly DeadLetter[],
  refused: Map<string, Redriven['refused'][number]>,
): Promise<number> {
  const { topic, partition } = place[0]!;
  let failure: { error: unknown } | undefined;
  const left = await appendInOrder(log, topic, partition, place, async (append) => {
    try {
      await append();
    } catch (error) {
      if (!(error instanceof RecordsRefused)) failure = { error };
      throw error;
    }
  });
  const kept = new Set(left.map(({ record }) => record));
  const gone = place.filter((letter) => !kept.has(letter));
  if (gone.length > 0) await letters.remove(gone);
  if (failure !== undefined) throw failure.error;
  for (const { record, problem } of left) {
    if (refused.has(accountOf(record))) continue;
    const { accountId, revision } = record;
    refused.set(accountOf(record), { topic, accountId, revision, problem });
    await letters.blame(record, problem);
  }
  return gone.length;
}
