import { MalformedJson } from '../json.ts';
import { Problem } from '../problem.ts';

/** What one item of a batch holds: a value, or why there is none. */
export type Item = { value: unknown } | { problem: Problem };

/** What became of an item. */
export type ItemAnswer =
  | {
      status: 202;
      transactionId: string;
      accountId: string;
      revision: number;
      position: string;
      replayed?: true;
    }
  | { status: number; problem: Record<string, unknown> };

/** Reads an item; one that is malformed is answered for itself. */
export function readItem(read: () => unknown): Item {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    return { problem: new Problem('malformed-json', `The item ${error.message}.`) };
  }
}

export function failed(problem: Problem): ItemAnswer {
  return { status: problem.status, problem: problem.body() };
}

/** Answers those items that could be read, all at once, and the others by their problem. */
export async function answerReadable(
  items: readonly Item[],
  answer: (values: unknown[]) => Promise<ItemAnswer[]>,
): Promise<ItemAnswer[]> {
  const values = items.flatMap((item) => ('value' in item ? [item.value] : []));
  const answers = values.length === 0 ? [] : await answer(values);
  let next = 0;
  return items.map((item) => ('value' in item ? answers[next++]! : failed(item.problem)));
}
