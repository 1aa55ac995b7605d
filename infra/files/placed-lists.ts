import { z } from 'zod';
import { fieldProblems } from '../../domain/door/field-problems.ts';
import type { ListEntry } from '../../domain/facts.ts';
import type { ListChange } from '../../domain/lists/decide-list.ts';
import { listValueSchema } from '../../domain/lists/list-fields.ts';
import { LONGEST_NOTE } from '../../domain/lists/list-limits.ts';
import { occurredAtMs } from '../../domain/occurred-at.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { instant } from '../../domain/transaction.ts';
import { type LineBlock, textLines } from './text-lines.ts';

/** A change of one list, and when it was made. */
export interface PlacedListChange extends ListChange {
  list: string;
  /** Milliseconds since the epoch; -Infinity where it was so from the beginning. */
  knownAtMs: number;
  line: number;
}

const values = z.union([z.string(), z.array(z.string()).min(1)], {
  error: 'must be a value, or an array of values',
});

/** A line of a file of lists. */
const listLineSchema = z.strictObject({
  list: z.string(),
  add: values.optional(),
  expiresAt: instant.nullable().optional(),
  note: z.string().max(LONGEST_NOTE).nullable().optional(),
  remove: values.optional(),
  knownAt: instant.optional(),
});

const NAMES = { root: 'line', known: Object.keys(listLineSchema.shape) };
const NONE: readonly PlacedListChange[] = [];

/** The lists that features of rule sets ask, each with the field that is looked up. */
export function listsAsked(ruleSets: readonly RuleSet[]): Map<string, string> {
  const features = ruleSets.flatMap((ruleSet) => ruleSet.features);
  return new Map(features.flatMap(({ list, of }) => (list === undefined ? [] : [[list, of!]])));
}

/**
 * The changes of lists in a file, in the order in which they were made: each has its place before the first
 * transaction that occurred at or after that. Those of one moment stay in the order of the file.
 */
export class PlacedLists {
  badLines = 0;
  /** Lines of lists that no feature asks. */
  unasked = 0;
  readonly #asked: ReadonlyMap<string, string>;
  readonly #named = new Set<string>();
  readonly #onProblem: (line: number, problem: string) => void;
  #changes: PlacedListChange[] = [];

  constructor(asked: ReadonlyMap<string, string>, onProblem: (line: number, problem: string) => void) {
    this.#asked = asked;
    this.#onProblem = onProblem;
  }

  /** Lists that features ask and no line names: they are empty. */
  get missing(): string[] {
    return [...this.#asked.keys()].filter((name) => !this.#named.has(name));
  }

  take({ firstNumber, lines }: LineBlock): void {
    lines.forEach((text, i) => {
      if (text === '' || text === '\r') return;
      const problem = this.#take(text, firstNumber + i);
      if (problem === undefined) return;
      this.badLines += 1;
      this.#onProblem(firstNumber + i, problem);
    });
  }

  /** To be called once all is taken, before the first is due. */
  sort(): void {
    this.#changes = this.#changes.toSorted((a, b) =>
      a.knownAtMs < b.knownAtMs ? -1 : +(a.knownAtMs > b.knownAtMs),
    );
  }

  /** Those that were made by then, but for the first `from`. */
  due(from: number, untilMs: number): readonly PlacedListChange[] {
    let end = from;
    while (end < this.#changes.length && this.#changes[end]!.knownAtMs <= untilMs) end++;
    return from === end ? NONE : this.#changes.slice(from, end);
  }

  /** @returns what is wrong with the line */
  #take(text: string, line: number): string | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return `is no JSON: ${(error as Error).message}`;
    }
    const parsed = listLineSchema.safeParse(value);
    if (!parsed.success) {
      const problems = fieldProblems(parsed.error, value, NAMES);
      return problems.map(({ field, problem }) => `${field} ${problem}`).join('; ');
    }
    const { list, expiresAt = null, note = null, knownAt } = parsed.data;
    const [added, remove] = [parsed.data.add, parsed.data.remove].map((one) => [one ?? []].flat());
    const of = this.#asked.get(list);
    if (of === undefined) {
      this.unasked += 1;
      return undefined;
    }
    this.#named.add(list);
    const problem = changeProblem(of, added!, remove!);
    if (problem !== undefined) return problem;
    const add = added!.map((each): ListEntry => ({ value: each, expiresAt, note }));
    const knownAtMs = knownAt === undefined ? -Infinity : occurredAtMs(knownAt);
    this.#changes.push({ list, add, remove: remove!, knownAtMs, line });
    return undefined;
  }
}

function changeProblem(of: string, add: readonly string[], remove: readonly string[]): string | undefined {
  if (add.length + remove.length === 0) return 'changes nothing: give add or remove';
  if (remove.some((value) => add.includes(value))) return 'both adds and removes a value';
  const schema = listValueSchema(of);
  const wrong = add.flatMap((value) => schema.safeParse(value).error?.issues ?? [])[0];
  return wrong && `add ${wrong.message}, for rules look it up as ${of}`;
}

/** Reads a whole file of changes of lists, NDJSON, plain or gzip. @throws the file system's error */
export async function readPlacedLists(
  path: string,
  asked: ReadonlyMap<string, string>,
  onProblem: (line: number, problem: string) => void,
): Promise<PlacedLists> {
  const lists = new PlacedLists(asked, onProblem);
  const { blocks } = await textLines(path);
  for await (const block of blocks) lists.take(block);
  lists.sort();
  return lists;
}
