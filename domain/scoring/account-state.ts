import type { AccountWindows } from '../windows/account-windows.ts';

/** What the fold holds of one account. */
export class AccountState {
  readonly windows: AccountWindows;
  /** Keeps every event, for transactions that reach further back than is normally kept. */
  readonly full: boolean;
  /** Of the account's newest fact folded in; -1 while there is none. */
  revision = -1;

  constructor(windows: AccountWindows, full: boolean) {
    this.windows = windows;
    this.full = full;
  }

  get eventsHeld(): number {
    return this.windows.history.end - this.windows.history.first;
  }
}

/** A fact that is not the account's next: something before it was lost or doubled. Nothing may go on from here. */
export class BrokenOrder extends Error {
  constructor(accountId: string, expected: number, found: number) {
    super(`account ${accountId}: revision ${expected} comes next, found ${found}`);
    this.name = 'BrokenOrder';
  }
}
