export const ACCOUNTS = 200_000;
/** The first of them pay much more often: about one payment in a hundred is alerted. */
const BUSY_ACCOUNTS = 100;
const BUSY_SHARE = 0.01;

const CHANNELS = ['card_present', 'card_not_present', 'atm'] as const;

const random = (below: number): number => Math.floor(Math.random() * below);

/** The number of the account that pays next. */
export const payingAccount = (): number => random(Math.random() < BUSY_SHARE ? BUSY_ACCOUNTS : ACCOUNTS);

/** A payment of the account with that number as a client would send it, in ASCII. */
export function paymentJson(transactionId: string, account: number, occurredAtMs: number): string {
  return (
    `{"transactionId":"${transactionId}","accountId":"account-${account}","amountMinor":${100 + random(20_000)},` +
    `"currency":"EUR","occurredAt":"${new Date(occurredAtMs).toISOString()}","merchantId":"merchant-${random(2_000)}",` +
    `"merchantCategory":"5411","merchantCountry":"DE","country":"DE","channel":"${CHANNELS[random(3)]}",` +
    `"type":"authorization","deviceId":"device-${account}","outcome":"${random(20) === 0 ? 'declined' : 'authorised'}"}`
  );
}
