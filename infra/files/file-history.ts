import type { Amendment } from '../../domain/amendment.ts';
import type { Decision } from '../../domain/decision.ts';
import type { TransactionSubmitted } from '../../domain/facts.ts';
import { ListMemory } from '../../domain/lists/list-memory.ts';
import type { AccountState, ScoringPlan } from '../../domain/risk-fold.ts';
import { EntityMemory } from '../../domain/scoring/entity-memory.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { AccountSpool } from './account-spool.ts';
import type { PlacedListChange } from './placed-lists.ts';
import type { Sighting } from './seen-transactions.ts';

/** Nobody asks a file who changed a list, and when. */
const LINE_OF_FILE = { version: 0, position: 0, by: 'file', at: '' };

/** What was learnt, as the spool keeps it: a JSON array, where a transaction is an object. */
type SpooledAmendment = [
  about: number,
  position: number,
  place: number,
  field: Amendment['field'],
  value: Amendment['value'],
];

/**
 * The accounts and entities of a file, folded by the production fold as if each line were a fact of a store. All
 * are in memory; their events as far as the windows need them, and on disk for those that reach back further.
 */
export class FileHistory {
  /** Of the last fact. */
  position = 0;
  readonly #plan: ScoringPlan;
  readonly #submission: (transaction: Transaction) => TransactionSubmitted;
  readonly #accounts = new Map<string, AccountState>();
  readonly #spool = new AccountSpool();
  readonly #lists = new ListMemory();
  #entities: EntityMemory;

  /** @param submission what the door would make of a transaction */
  constructor(plan: ScoringPlan, submission: (transaction: Transaction) => TransactionSubmitted) {
    this.#plan = plan;
    this.#submission = submission;
    this.#entities = new EntityMemory(plan.entities, false);
  }

  /** Where the account's next transaction will stand. */
  next(accountId: string): Sighting {
    const revision = (this.#accounts.get(accountId)?.revision ?? -1) + 1;
    return { accountId, place: this.#spool.end, revision, position: this.position + 1 };
  }

  textAt(place: number): string {
    return this.#spool.textAt(place);
  }

  /** @param text the transaction's */
  apply(submitted: TransactionSubmitted, text: string): Decision {
    const { accountId } = submitted.transaction;
    const position = this.position + 1;
    if (this.#entities.reachesBack(submitted)) this.#entities = this.#everyEntity();
    const ofEntities = this.#entities.stamp(submitted, position);
    const { lists } = this.#plan;
    const stamps = lists.isEmpty ? ofEntities : ofEntities.concat(lists.stamp(this.#lists, submitted));
    let state = this.#accounts.get(accountId) ?? this.#plan.open();
    if (this.#plan.reachesBack(state, submitted)) state = this.#everything(accountId);
    this.#accounts.set(accountId, state);
    const decision = this.#plan.apply(state, submitted, state.revision + 1, position, stamps);
    this.#spool.append(accountId, text);
    this.position = position;
    return decision;
  }

  /** Something is learnt of a transaction of the file. */
  amend({ accountId, revision, position, place }: Sighting, field: Amendment['field'], value: string): void {
    const spooled: SpooledAmendment = [revision, position, place, field, value];
    const amendment = this.#amendment(spooled);
    const state = this.#accounts.get(accountId)!;
    this.position += 1;
    this.#plan.amend(state, accountId, state.revision + 1, amendment);
    this.#entities.amend(amendment, this.position);
    this.#spool.append(accountId, JSON.stringify(spooled));
  }

  /** A list changes, for all that comes after. It is of no account: nothing that is kept of them hangs on it. */
  list({ list, add, remove }: PlacedListChange): void {
    this.#lists.open(list).change({ added: [...add], removed: [...remove] }, LINE_OF_FILE);
  }

  close(): void {
    this.#spool.close();
  }

  #amendment([about, position, place, field, value]: SpooledAmendment): Amendment {
    return { about, position, submitted: this.#submitted(this.textAt(place)), field, value };
  }

  #submitted(text: string): TransactionSubmitted {
    return this.#submission(JSON.parse(text) as Transaction);
  }

  /** The account with every event it ever had, for a transaction that reaches further back than is kept. */
  #everything(accountId: string): AccountState {
    const state = this.#plan.openFull();
    for (const text of this.#spool.read(accountId)) {
      const next = state.revision + 1;
      if (isAmendment(text)) this.#plan.amend(state, accountId, next, this.#amendment(JSON.parse(text)));
      else this.#plan.absorb(state, this.#submitted(text), next);
    }
    return state;
  }

  /** All entities with every event they ever had. */
  #everyEntity(): EntityMemory {
    const entities = new EntityMemory(this.#plan.entities, true);
    let position = 0;
    for (const text of this.#spool.all()) {
      position += 1;
      if (isAmendment(text)) entities.amend(this.#amendment(JSON.parse(text)), position);
      else entities.stamp(this.#submitted(text), position);
    }
    return entities;
  }
}

const isAmendment = (text: string): boolean => text.startsWith('[');
