import type { Decision } from '../../domain/decision.ts';
import { parseTransaction } from '../../domain/door/parse-transaction.ts';
import type { FeatureValue, TransactionSubmitted } from '../../domain/facts.ts';
import { occurredAtMs } from '../../domain/occurred-at.ts';
import { type RateTable, toBaseMinor } from '../../domain/rates.ts';
import type { ScoringPlan } from '../../domain/risk-fold.ts';
import { differingFields } from '../../domain/submission.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { csvRow } from './csv.ts';
import { FileHistory } from './file-history.ts';
import type { PlacedLabel, PlacedLabels } from './placed-labels.ts';
import type { PlacedLists } from './placed-lists.ts';
import { SeenTransactions } from './seen-transactions.ts';
import type { LineBlock } from './text-lines.ts';

export interface ScoreFileOptions {
  plan: ScoringPlan;
  /** Undefined: amounts count in the currency of the first transaction, others are missing. */
  rates: RateTable | undefined;
  /** What is learnt on the way; none by default. */
  labels?: PlacedLabels;
  /** How lists change on the way; all are empty by default. */
  lists?: PlacedLists;
  /** A bad line ends the run instead of being skipped. */
  strict: boolean;
  onProblem(line: number, problem: string): void;
  /** Of a line of the labels. */
  onLabelProblem?(line: number, problem: string): void;
  /** Hears of each decision and what it was made of, in order; there are no rows then. */
  onDecision?(decision: Decision, submitted: TransactionSubmitted): void;
}

/** What a run over a file came to. */
export interface ScoreFileTotals {
  lines: number;
  scored: number;
  repeats: number;
  badLines: number;
  withoutRate: number;
  /** Labels that found their transaction, those known only after the last one, and those of none. */
  labels: { placed: number; later: number; bad: number };
  /** Lines of lists that were made before some transaction, and those that were made only after the last one. */
  lists: { placed: number; later: number };
  decisions: Record<Decision['decision'], number>;
}

/** A line that cannot be scored, where the caller asked to stop at the first. */
export class BadLine extends Error {}

/**
 * Scores transactions in the order of a file through the production fold: each first arrival is the account's next
 * revision. Files are history, so the door's bounds on time do not apply.
 */
export class FileScorer {
  readonly totals: ScoreFileTotals = {
    lines: 0,
    scored: 0,
    repeats: 0,
    badLines: 0,
    withoutRate: 0,
    labels: { placed: 0, later: 0, bad: 0 },
    lists: { placed: 0, later: 0 },
    decisions: { approve: 0, review: 0, decline: 0 },
  };
  private readonly options: ScoreFileOptions;
  private readonly history: FileHistory;
  private readonly seen: SeenTransactions;
  private rates: RateTable | undefined;
  private labelsMet = 0;
  private listsMet = 0;
  private readonly hasShadows: boolean;

  constructor(options: ScoreFileOptions) {
    this.options = options;
    this.hasShadows = options.plan.definition.rules.some(({ shadow }) => shadow);
    this.rates = options.rates;
    this.history = new FileHistory(options.plan, (transaction) => this.submission(transaction));
    this.seen = new SeenTransactions(options.labels?.someWithoutAccount);
  }

  header(): string {
    const { definition } = this.options.plan;
    const features = definition.features.map(({ name }) => name);
    const beside = [
      ...(definition.scores ?? []).map(({ name }) => name),
      ...(this.hasShadows ? ['shadowHits'] : []),
    ];
    const own = ['transactionId', 'accountId', 'revision', 'score', 'decision', 'reasons'];
    return csvRow([...own, ...features, ...beside]);
  }

  /** @returns the rows of the block's first arrivals @throws BadLine if strict */
  rows({ firstNumber, lines }: LineBlock): string {
    let rows = '';
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!;
      if (line === '' || line === '\r') continue;
      this.totals.lines += 1;
      const transaction = this.transactionOf(line, firstNumber + i);
      if (transaction !== undefined) rows += this.score(transaction, line);
    }
    return rows;
  }

  /** After the last line: labels that became known only later change nothing, but their transactions must be there. */
  finish(): void {
    for (const label of this.due(Number.POSITIVE_INFINITY)) {
      const { length } = this.seen.find(label.transactionId, label.accountId);
      if (length === 1) this.totals.labels.later += 1;
      else this.badLabel(label.line, labelProblem(label, length));
    }
    const { lists } = this.options;
    this.totals.lists.later = lists?.due(this.listsMet, Number.POSITIVE_INFINITY).length ?? 0;
  }

  close(): void {
    this.history.close();
    this.seen.close();
  }

  private transactionOf(line: string, number: number): Transaction | undefined {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      return this.bad(number, `is no JSON: ${(error as Error).message}`);
    }
    const parsed = parseTransaction(value);
    if ('problems' in parsed) {
      return this.bad(number, parsed.problems.map(({ field, problem }) => `${field} ${problem}`).join('; '));
    }
    const occurredMs = occurredAtMs(parsed.transaction.occurredAt);
    this.place(occurredMs);
    this.changeLists(occurredMs);
    return this.isFirst(parsed.transaction, number) ? parsed.transaction : undefined;
  }

  private isFirst(transaction: Transaction, number: number): boolean {
    const { accountId, transactionId } = transaction;
    const before = this.seen.see(transactionId, this.history.next(accountId));
    if (before === undefined) return true;
    const first = JSON.parse(this.history.textAt(before.place)) as Transaction;
    const fields = differingFields(transaction, first);
    if (fields.length === 0) this.totals.repeats += 1;
    else
      this.bad(
        number,
        `repeats transaction ${transactionId} of account ${accountId} with other ${fields.join(', ')}`,
      );
    return false;
  }

  private badLabel(line: number, problem: string): void {
    this.totals.labels.bad += 1;
    this.options.onLabelProblem?.(line, problem);
    if (this.options.strict) throw new BadLine(`label line ${line} ${problem}`);
  }

  private bad(line: number, problem: string): undefined {
    this.totals.badLines += 1;
    this.options.onProblem(line, problem);
    if (this.options.strict) throw new BadLine(`line ${line} ${problem}`);
    return undefined;
  }

  private score(transaction: Transaction, line: string): string {
    const submitted = this.submission(transaction);
    const decision = this.history.apply(submitted, line);
    this.totals.scored += 1;
    if (submitted.amountBaseMinor === null) this.totals.withoutRate += 1;
    this.totals.decisions[decision.decision] += 1;
    const { onDecision } = this.options;
    if (onDecision === undefined) return row(decision, this.hasShadows);
    onDecision(decision, submitted);
    return '';
  }

  private due(untilMs: number): readonly PlacedLabel[] {
    const due = this.options.labels?.due(this.labelsMet, untilMs) ?? [];
    this.labelsMet += due.length;
    return due;
  }

  /** The labels that are known by then get their place before what occurred then. */
  private place(untilMs: number): void {
    for (const label of this.due(untilMs)) {
      const { transactionId, accountId, line } = label;
      const found = this.seen.find(transactionId, accountId);
      if (found.length === 1) {
        this.history.amend(found[0]!, 'label', label.label);
        this.totals.labels.placed += 1;
      } else this.badLabel(line, labelProblem(label, found.length));
    }
  }

  /** So do the changes of lists that were made by then. */
  private changeLists(untilMs: number): void {
    const due = this.options.lists?.due(this.listsMet, untilMs) ?? [];
    for (const change of due) this.history.list(change);
    this.listsMet += due.length;
    this.totals.lists.placed += due.length;
  }

  private submission(transaction: Transaction): TransactionSubmitted {
    this.rates ??= { version: 0, base: transaction.currency, rates: {} };
    const amountBaseMinor = toBaseMinor(transaction.amountMinor, transaction.currency, this.rates);
    return { transaction, amountBaseMinor, ratesVersion: null, receivedAtMs: 0, origin: 'import' };
  }
}

function labelProblem({ transactionId, accountId, knownAt }: PlacedLabel, found: number): string {
  if (found > 1) return `is of transaction ${transactionId}, which several accounts have: say accountId`;
  const account = accountId === undefined ? '' : ` of account ${accountId}`;
  return `is of transaction ${transactionId}${account}, which the file does not have before ${knownAt}`;
}

function row(decision: Decision, hasShadows: boolean): string {
  const cells: FeatureValue[] = [
    decision.transactionId,
    decision.accountId,
    decision.revision,
    decision.score,
    decision.decision,
    decision.reasons.join(';'),
  ];
  const { features, beside } = decision;
  if (beside === undefined) return csvRow(cells.concat(features));
  const shadowHits = hasShadows ? [beside.shadowHits.join(';')] : [];
  return csvRow([...cells, ...features, ...Object.values(beside.scores), ...shadowHits]);
}
