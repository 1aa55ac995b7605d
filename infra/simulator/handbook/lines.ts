import type { HandbookPayment } from './handbook.ts';

/** Seconds are exact, so no decimals are written. */
const rfc3339 = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The payment as its system would submit it; whether it is a fraud is not in it. */
export function transactionLine(payment: HandbookPayment): string {
  const { transactionId, accountId, merchantId, amountMinor, occurredAtMs } = payment;
  const occurredAt = rfc3339(occurredAtMs);
  return `${JSON.stringify({ transactionId, accountId, amountMinor, currency: 'EUR', occurredAt, merchantId })}\n`;
}

/** What the card's issuer says of a fraud, some time after it. */
export function labelLine(
  { transactionId, accountId, occurredAtMs }: HandbookPayment,
  delayMs: number,
): string {
  const knownAt = rfc3339(occurredAtMs + delayMs);
  return `${JSON.stringify({ transactionId, accountId, label: 'fraud', source: 'chargeback', knownAt })}\n`;
}

/** What only the generator knows of a fraud: the scenario that made it one. */
export function truthLine({ transactionId, accountId, scenario }: HandbookPayment): string {
  return `${JSON.stringify({ transactionId, accountId, scenario })}\n`;
}
