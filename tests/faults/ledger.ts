import type { Transaction } from '../../domain/transaction.ts';

/** The verdict a client was told. */
export interface Verdict {
  score: number | null;
  decision: string;
  reasons: string[];
  ruleSet: { name: string; version: number };
}

/** One answer that said "stored". */
export interface Acknowledgement {
  revision: number;
  position: number;
  /** Where the client waited for it, and it was there in time. */
  verdict?: Verdict;
}

export interface Entry {
  transaction: Transaction;
  /** How often it was sent, answered or not. */
  sent: number;
  answers: Acknowledgement[];
}

/** What a client knows: everything it sent, and every answer it got. */
export interface Ledger {
  entries: Map<string, Entry>;
  unanswered: Set<Entry>;
  /** Answers that no submission of a well-behaved client may get. */
  unexpected: string[];
}

export const newLedger = (): Ledger => ({ entries: new Map(), unanswered: new Set(), unexpected: [] });

/** A transaction is named by its account and its id. */
export const nameOf = ({ accountId, transactionId }: Pick<Transaction, 'accountId' | 'transactionId'>) =>
  `${accountId} ${transactionId}`;

export function enter(ledger: Ledger, transaction: Transaction): Entry {
  const entry = { transaction, sent: 0, answers: [] };
  ledger.entries.set(nameOf(transaction), entry);
  ledger.unanswered.add(entry);
  return entry;
}

interface Answered {
  transactionId?: string;
  accountId?: string;
  revision?: number;
  position?: string;
  degraded?: boolean;
}

/** @returns whether it is an answer for good; where the server asks to try again it is none */
export function noteAnswer(ledger: Ledger, entry: Entry, status: number, body: unknown): boolean {
  if (status === 503) return false;
  const answer = body as Answered & Verdict;
  const { transaction } = entry;
  if (
    (status !== 200 && status !== 202) ||
    answer.transactionId !== transaction.transactionId ||
    answer.accountId !== transaction.accountId
  ) {
    ledger.unexpected.push(`${nameOf(transaction)}: ${status} ${JSON.stringify(body)}`);
    return false;
  }
  const acknowledgement: Acknowledgement = { revision: answer.revision!, position: Number(answer.position) };
  if (answer.degraded === false) {
    const { score, decision, reasons, ruleSet } = answer;
    acknowledgement.verdict = { score, decision, reasons, ruleSet };
  }
  entry.answers.push(acknowledgement);
  ledger.unanswered.delete(entry);
  return true;
}
