import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { withCopy } from './folders.ts';
import type { Ledger } from './ledger.ts';

/** What a kill left half done: without any of it, the kills would have proved nothing. */
export interface Aftermath {
  /** Submissions that were stored, and not answered. */
  storedUnanswered: number;
  /** Transactions that were stored, their decision not recorded. */
  undecided: number;
  /** Alerts that were raised, their decision not recorded. */
  alertsAhead: number;
}

/** Looks into a copy: opening the databases of a killed server would mend them. */
export function aftermathOf(folder: string, ledger: Ledger): Aftermath {
  return withCopy(folder, (copy) => {
    const facts = new DatabaseSync(join(copy, 'facts.db'));
    const risk = new DatabaseSync(join(copy, 'risk.db'));
    try {
      const checkpoint = Number(risk.prepare('SELECT max(position) AS at FROM checkpoints').get()!.at ?? 0);
      const stored = facts.prepare('SELECT 1 FROM facts WHERE stream = ? AND key = ?');
      const counted = (sql: string) => Number(facts.prepare(sql).get(checkpoint)!.n);
      return {
        storedUnanswered: [...ledger.unanswered].filter(
          ({ transaction }) =>
            stored.get(`account-${transaction.accountId}`, transaction.transactionId) !== undefined,
        ).length,
        undecided: counted(
          "SELECT count(*) AS n FROM facts WHERE position > ? AND type = 'TransactionSubmitted'",
        ),
        alertsAhead: counted(
          "SELECT count(*) AS n FROM facts WHERE type = 'FraudSuspected' AND data ->> 'position' > ?",
        ),
      };
    } finally {
      facts.close();
      risk.close();
    }
  });
}
