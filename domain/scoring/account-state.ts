import { AccountWindows, type Storage } from '../windows/account-windows.ts';

/** What the fold holds of one account: its windows, and how far they have come. One object, for speed. */
export class AccountState extends AccountWindows {
  /** Keeps every event, for transactions that reach further back than is normally kept. */
  readonly full: boolean;
  /** Of the account's newest fact folded in; -1 while there is none. */
  revision = -1;

  constructor(storage: Storage, full: boolean) {
    super(storage);
    this.full = full;
  }

  get eventsHeld(): number {
    return this.end - this.first;
  }
}

/** A fact that is not the account's next: something before it was lost or doubled. Nothing may go on from here. */
export class BrokenOrder extends Error {
  constructor(accountId: string, expected: number, found: number) {
    super(`account ${accountId}: revision ${expected} comes next, found ${found}`);
    this.name = 'BrokenOrder';
  }
}
