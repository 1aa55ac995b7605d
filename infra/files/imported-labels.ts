import { parseTransaction } from '../../domain/door/parse-transaction.ts';
import { occurredAtMs } from '../../domain/occurred-at.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { PlacedLabel, PlacedLabels } from './placed-labels.ts';
import { SeenTransactions } from './seen-transactions.ts';

/**
 * Where the labels of a file belong among the lines of a file of transactions: as `shrike score` places them. One
 * that names no account is of the account whose transaction stands before it, if there is one.
 */
export class ImportedLabels {
  readonly #labels: PlacedLabels;
  readonly #onProblem: (label: PlacedLabel, problem: string) => void;
  /** Undefined where every label says its account. */
  readonly #seen: SeenTransactions | undefined;
  #met = 0;

  /** @param onProblem hears of each label that could be of several transactions */
  constructor(labels: PlacedLabels, onProblem: (label: PlacedLabel, problem: string) => void) {
    this.#labels = labels;
    this.#onProblem = onProblem;
    this.#seen = labels.someWithoutAccount ? new SeenTransactions(true) : undefined;
  }

  /** The labels that belong before a line, in their order; none before a line that is no transaction. */
  before(line: string): PlacedLabel[] {
    const transaction = transactionOf(line);
    if (transaction === undefined) return [];
    const due = this.#due(occurredAtMs(transaction.occurredAt));
    this.#note(transaction);
    return due;
  }

  /** Those that became known after all of the file. */
  rest(): PlacedLabel[] {
    return this.#due(Number.POSITIVE_INFINITY);
  }

  close(): void {
    this.#seen?.close();
  }

  #due(untilMs: number): PlacedLabel[] {
    const due = this.#labels.due(this.#met, untilMs);
    this.#met += due.length;
    return due.flatMap((label) => this.#withAccount(label) ?? []);
  }

  #withAccount(label: PlacedLabel): PlacedLabel | undefined {
    if (label.accountId !== undefined) return label;
    const [first, second] = this.#seen!.find(label.transactionId, undefined);
    // The server may know it from before this file.
    if (first === undefined) return label;
    if (second === undefined) return { ...label, accountId: first.accountId };
    this.#onProblem(
      label,
      `is of transaction ${label.transactionId}, which several accounts have: say accountId`,
    );
    return undefined;
  }

  #note({ transactionId, accountId }: Transaction): void {
    this.#seen?.see(transactionId, { accountId, place: 0, revision: 0, position: 0 });
  }
}

function transactionOf(line: string): Transaction | undefined {
  try {
    const parsed = parseTransaction(JSON.parse(line));
    return 'transaction' in parsed ? parsed.transaction : undefined;
  } catch (error) {
    // The server says what is wrong with it.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
