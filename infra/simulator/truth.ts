/** What was planted as fraud. */
export const FRAUD_PATTERNS = [
  'card_testing',
  'velocity_burst',
  'account_takeover',
  'impossible_travel',
  'bust_out',
  'structuring',
] as const;
export type FraudPattern = (typeof FRAUD_PATTERNS)[number];

/** What is honest and looks as if it were not. */
export const LOOK_ALIKES = ['holiday', 'yearly_purchase', 'household_device'] as const;
export type LookAlike = (typeof LOOK_ALIKES)[number];

/** What the simulator knows of a transaction, and nobody who scores it. */
export type Truth =
  | { kind: 'fraud'; pattern: FraudPattern; incidentId: string }
  | { kind: 'look_alike'; pattern: LookAlike; incidentId: string };

export function fraud(pattern: FraudPattern, incident: number | string): Truth {
  return { kind: 'fraud', pattern, incidentId: `${pattern}-${incident}` };
}

export function lookAlike(pattern: LookAlike, incident: number | string): Truth {
  return { kind: 'look_alike', pattern, incidentId: `${pattern}-${incident}` };
}
