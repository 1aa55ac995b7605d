import type { Decision } from '../decision.ts';
import type { Label, TransactionSubmitted } from '../facts.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { Transaction } from '../transaction.ts';
import type { JudgedSet, UsedDefinition } from './backtest-report.ts';
import { type Card, CaseColumns, type Cases } from './cases.ts';
import { JudgementColumns } from './judgements.ts';

/** Of what occurred from (inclusive) and to (exclusive) here, milliseconds since the epoch; null without bound. */
export interface Period {
  fromMs: number | null;
  toMs: number | null;
}

/** Who judges, in words. */
export interface SetName {
  name: string;
  role: JudgedSet['role'];
}

interface Judge extends SetName {
  columns: JudgementColumns;
  definitions: Map<RuleSet, UsedDefinition>;
}

/** What came together, in a form that one thread can hand to another. */
export interface Collected {
  cases: Cases;
  sets: JudgedSet[];
  /** When the newest transaction of all occurred, within the period or not; -Infinity without any. */
  newestMs: number;
  /** Transactions of the period whose authorisation was declined. */
  blocked: number;
  /** Of the amounts, as far as it can be told from them. */
  baseCurrency: string | null;
}

/**
 * Gathers what several rule sets decided of the same transactions. The sets may be heard one after the other or in
 * turns: the first one brings the transactions, and the others must decide the same ones in the same order.
 */
export class CaseCollector {
  #newestMs = -Infinity;
  #blocked = 0;
  #baseCurrency: string | null = null;
  readonly #period: Period;
  readonly #cases = new CaseColumns();
  readonly #judges: Judge[];

  constructor(period: Period, sets: readonly SetName[]) {
    this.#period = period;
    this.#judges = sets.map((set) => ({ ...set, columns: new JudgementColumns(), definitions: new Map() }));
  }

  /**
   * Takes in what one set decided.
   * @param set its place among the sets
   * @param version of the definition; null where it has none
   * @throws OtherTransactions if it is not what the first set decided at this place
   */
  take(
    set: number,
    decision: Decision,
    { transaction, amountBaseMinor, ratesVersion }: TransactionSubmitted,
    definition: RuleSet,
    version: number | null,
    label: Label | null,
  ): void {
    const { occurredAtMs, position } = decision;
    if (occurredAtMs > this.#newestMs) this.#newestMs = occurredAtMs;
    const { fromMs, toMs } = this.#period;
    if ((fromMs !== null && occurredAtMs < fromMs) || (toMs !== null && occurredAtMs >= toMs)) return;
    const judge = this.#judges[set]!;
    if (set === 0) {
      if (transaction.outcome === 'declined') this.#blocked++;
      // It took no rate to say it in the base currency.
      if (amountBaseMinor !== null && ratesVersion === null) this.#baseCurrency ??= transaction.currency;
      const { accountId, transactionId } = transaction;
      const card = cardOf(transaction);
      this.#cases.add({ position, accountId, transactionId, occurredAtMs, amountBaseMinor, card, label });
    } else this.#assertSame(judge.columns.count, decision);
    const known = judge.definitions.get(definition);
    if (known === undefined) {
      judge.definitions.set(definition, { definition, version, transactions: 1, lastPosition: position });
    } else {
      known.transactions++;
      known.lastPosition = position;
    }
    judge.columns.add(decision, definition);
  }

  /** @param definitions by its place, what a set says that has judged nothing */
  collected(definitions: readonly (RuleSet | undefined)[]): Collected {
    return {
      cases: this.#cases.cases(),
      sets: this.#judges.map((judge, set) => this.#judged(judge, definitions[set])),
      newestMs: this.#newestMs,
      blocked: this.#blocked,
      baseCurrency: this.#baseCurrency,
    };
  }

  #judged({ name, role, columns, definitions }: Judge, definition: RuleSet | undefined): JudgedSet {
    const { count } = this.#cases;
    if (columns.count !== count) throw new OtherTransactions(`${name} decided ${columns.count} of ${count}`);
    const used = [...definitions.values()];
    if (used.length === 0 && definition !== undefined) {
      used.push({ definition, version: null, transactions: 0, lastPosition: 0 });
    }
    return { name, role, judgements: columns.judgements(), definitions: inOrder(used) };
  }

  #assertSame(place: number, { accountId, transactionId }: Decision): void {
    if (this.#cases.isAt(place, accountId, transactionId)) return;
    throw new OtherTransactions(`${transactionId} of account ${accountId}`);
  }
}

/** What is compared would not be the same transactions. */
export class OtherTransactions extends Error {
  constructor(what: string) {
    super(`the rule sets did not decide the same transactions in the same order: ${what}`);
    this.name = 'OtherTransactions';
  }
}

/** Where no card is named, the account stands for it. */
const cardOf = ({ cardToken, accountId }: Transaction): Card =>
  cardToken === undefined ? { kind: 'account', id: accountId } : { kind: 'card', id: cardToken };

/** The one used last comes last. */
export const inOrder = (used: readonly UsedDefinition[]): UsedDefinition[] =>
  used.toSorted((a, b) => a.lastPosition - b.lastPosition);
