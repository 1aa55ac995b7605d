import type { AccountStretch } from './account-stretch.ts';

/** What the process knows of the accounts used most recently, within a bound on all their transactions together. */
export interface StretchCache {
  get(accountId: string): AccountStretch | undefined;
  put(accountId: string, stretch: AccountStretch): void;
  forget(accountId: string): void;
}

/** @param capacity transactions and accounts, of about 100 bytes each */
export function stretchCache(capacity: number): StretchCache {
  const stretches = new Map<string, AccountStretch>();
  const sizes = new Map<string, number>();
  let held = 0;

  function forget(accountId: string): void {
    held -= sizes.get(accountId) ?? 0;
    sizes.delete(accountId);
    stretches.delete(accountId);
  }

  return {
    get: (accountId) => stretches.get(accountId),
    forget,
    put(accountId, stretch) {
      forget(accountId);
      stretches.set(accountId, stretch);
      sizes.set(accountId, stretch.size + 1);
      held += stretch.size + 1;
      for (const eldest of stretches.keys()) {
        if (held <= capacity || eldest === accountId) return;
        forget(eldest);
      }
    },
  };
}
