import type { Decision } from '../../domain/decision.ts';
import { parseTransaction } from '../../domain/door/parse-transaction.ts';
import type { FeatureValue, TransactionSubmitted } from '../../domain/facts.ts';
import { type RateTable, toBaseMinor } from '../../domain/rates.ts';
import type { AccountState, ScoringPlan } from '../../domain/risk-fold.ts';
import { differingFields } from '../../domain/submission.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { AccountSpool } from './account-spool.ts';
import { csvRow } from './csv.ts';
import { SeenTransactions } from './seen-transactions.ts';
import type { LineBlock } from './text-lines.ts';

export interface ScoreFileOptions {
  plan: ScoringPlan;
  /** Undefined: amounts count in the currency of the first transaction, others are missing. */
  rates: RateTable | undefined;
  /** A bad line ends the run instead of being skipped. */
  strict: boolean;
  onProblem(line: number, problem: string): void;
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
    decisions: { approve: 0, review: 0, decline: 0 },
  };
  private readonly options: ScoreFileOptions;
  private readonly accounts = new Map<string, AccountState>();
  private readonly spool = new AccountSpool();
  private readonly seen = new SeenTransactions();
  private rates: RateTable | undefined;

  constructor(options: ScoreFileOptions) {
    this.options = options;
    this.rates = options.rates;
  }

  header(): string {
    const features = this.options.plan.definition.features.map(({ name }) => name);
    return csvRow(['transactionId', 'accountId', 'revision', 'score', 'decision', 'reasons', ...features]);
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

  close(): void {
    this.spool.close();
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
    return this.isFirst(parsed.transaction, number) ? parsed.transaction : undefined;
  }

  private isFirst(transaction: Transaction, number: number): boolean {
    const { accountId, transactionId } = transaction;
    const before = this.seen.see(accountId, transactionId, this.spool.end);
    if (before === undefined) return true;
    const first = JSON.parse(this.spool.textAt(before)) as Transaction;
    const fields = differingFields(transaction, first);
    if (fields.length === 0) this.totals.repeats += 1;
    else
      this.bad(
        number,
        `repeats transaction ${transactionId} of account ${accountId} with other ${fields.join(', ')}`,
      );
    return false;
  }

  private bad(line: number, problem: string): undefined {
    this.totals.badLines += 1;
    this.options.onProblem(line, problem);
    if (this.options.strict) throw new BadLine(`line ${line} ${problem}`);
    return undefined;
  }

  private score(transaction: Transaction, line: string): string {
    const { plan } = this.options;
    const { accountId } = transaction;
    const submitted = this.submission(transaction);
    let state = this.accounts.get(accountId);
    if (state === undefined) {
      state = plan.open();
      this.accounts.set(accountId, state);
    } else if (plan.reachesBack(state, submitted)) {
      state = this.reload(accountId);
      this.accounts.set(accountId, state);
    }
    const decision = plan.apply(state, submitted, state.revision + 1, this.totals.scored + 1);
    this.spool.append(accountId, line);
    this.totals.scored += 1;
    if (submitted.amountBaseMinor === null) this.totals.withoutRate += 1;
    this.totals.decisions[decision.decision] += 1;
    const { onDecision } = this.options;
    if (onDecision === undefined) return row(decision);
    onDecision(decision, submitted);
    return '';
  }

  private submission(transaction: Transaction): TransactionSubmitted {
    this.rates ??= { version: 0, base: transaction.currency, rates: {} };
    const amountBaseMinor = toBaseMinor(transaction.amountMinor, transaction.currency, this.rates);
    return { transaction, amountBaseMinor, ratesVersion: null, receivedAtMs: 0, origin: 'import' };
  }

  /** The account with every event it ever had, for a transaction that reaches further back than is kept. */
  private reload(accountId: string): AccountState {
    const state = this.options.plan.openFull();
    for (const text of this.spool.read(accountId)) {
      this.options.plan.apply(state, this.submission(JSON.parse(text) as Transaction), state.revision + 1, 1);
    }
    return state;
  }
}

function row(decision: Decision): string {
  const cells: FeatureValue[] = [
    decision.transactionId,
    decision.accountId,
    decision.revision,
    decision.score,
    decision.decision,
    decision.reasons.join(';'),
  ];
  return csvRow(cells.concat(decision.features));
}
