import type { z } from 'zod';
import { fieldProblems } from '../../domain/door/field-problems.ts';
import { LABEL_NAMES, labelSchema } from '../../domain/door/parse-label.ts';
import type { Label } from '../../domain/facts.ts';
import { occurredAtMs } from '../../domain/occurred-at.ts';
import { textLines } from './text-lines.ts';

/** A line of a file of labels. Where `accountId` is not given, the transactionId must name one transaction. */
const labelLineSchema = labelSchema.partial({ source: true, knownAt: true });

type LabelLine = z.infer<typeof labelLineSchema>;

interface Entry {
  line: number;
  /** -Infinity where the line does not say. */
  knownAtMs: number;
  label: Label;
  isMet: boolean;
  /** Of the transaction met, where the label names none. */
  accountId: string | null;
}

/** The labels of a file: the one known last of a transaction counts, and of those that do not say when, the last line. */
export class FileLabels {
  /** When the newest was known, milliseconds since the epoch; -Infinity where none says so. */
  newestMs = -Infinity;
  /** Lines that do not say when the label was known: no window can see it. */
  withoutTime = 0;
  readonly #byAccount = new Map<string, Map<string, Entry>>();
  readonly #byId = new Map<string, Entry>();
  readonly #onProblem: (line: number, problem: string) => void;

  /** @param onProblem hears of each line that cannot be used */
  constructor(onProblem: (line: number, problem: string) => void) {
    this.#onProblem = onProblem;
  }

  /** Takes a line in. */
  add(text: string, line: number): void {
    const parsed = this.#parse(text, line);
    if (parsed === undefined) return;
    const { transactionId, accountId, label, knownAt } = parsed;
    const knownAtMs = knownAt === undefined ? -Infinity : occurredAtMs(knownAt);
    this.newestMs = Math.max(this.newestMs, knownAtMs);
    if (knownAt === undefined) this.withoutTime++;
    const entry: Entry = { line, knownAtMs, label, isMet: false, accountId: accountId ?? null };
    const own = accountId === undefined ? this.#byId : this.#ofAccount(accountId);
    const known = own.get(transactionId);
    if (known === undefined || isLater(entry, known)) own.set(transactionId, entry);
  }

  /** The label of a transaction that is met. */
  of(accountId: string, transactionId: string): Label | null {
    const exact = this.#byAccount.get(accountId)?.get(transactionId);
    const loose = this.#byId.get(transactionId);
    if (exact !== undefined) exact.isMet = true;
    if (loose !== undefined) this.#meetById(loose, accountId, transactionId);
    if (exact !== undefined && loose !== undefined) return (isLater(exact, loose) ? exact : loose).label;
    return (exact ?? loose)?.label ?? null;
  }

  /** Lines whose transaction was never met, in their order. */
  unmet(): { line: number; transactionId: string; accountId: string | null }[] {
    const all = [...this.#byAccount.values()].flatMap((own) => [...own]).concat([...this.#byId]);
    return all
      .filter(([, { isMet }]) => !isMet)
      .map(([transactionId, { line, accountId }]) => ({ line, transactionId, accountId }))
      .sort((a, b) => a.line - b.line);
  }

  #ofAccount(accountId: string): Map<string, Entry> {
    let own = this.#byAccount.get(accountId);
    if (own === undefined) {
      own = new Map();
      this.#byAccount.set(accountId, own);
    }
    return own;
  }

  /** @throws AmbiguousLabel */
  #meetById(entry: Entry, accountId: string, transactionId: string): void {
    if (entry.isMet && entry.accountId !== accountId) {
      throw new AmbiguousLabel(
        `line ${entry.line} labels transaction ${transactionId}, which both account ${entry.accountId} and account ${accountId} have: give accountId`,
      );
    }
    entry.isMet = true;
    entry.accountId = accountId;
  }

  #parse(text: string, line: number): LabelLine | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      this.#onProblem(line, `is no JSON: ${(error as Error).message}`);
      return undefined;
    }
    const parsed = labelLineSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    const problems = fieldProblems(parsed.error, value, LABEL_NAMES);
    this.#onProblem(line, problems.map(({ field, problem }) => `${field} ${problem}`).join('; '));
    return undefined;
  }
}

/** Whether it was known later, or as late and stands further down. */
const isLater = (one: Entry, other: Entry): boolean =>
  one.knownAtMs === other.knownAtMs ? one.line > other.line : one.knownAtMs > other.knownAtMs;

/** A label that names no account is about more than one transaction. */
export class AmbiguousLabel extends Error {}

/** Reads a whole file of labels, NDJSON, plain or gzip. @throws the file system's error */
export async function readLabelFile(
  path: string,
  onProblem: (line: number, problem: string) => void,
): Promise<FileLabels> {
  const labels = new FileLabels(onProblem);
  const { blocks } = await textLines(path);
  for await (const { firstNumber, lines } of blocks) {
    lines.forEach((text, i) => {
      if (text !== '' && text !== '\r') labels.add(text, firstNumber + i);
    });
  }
  return labels;
}
