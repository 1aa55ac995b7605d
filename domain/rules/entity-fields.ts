/** What `per:` may say, and the field whose values are meant. A declared field of text may stand there, too. */
export const ENTITY_FIELDS: Readonly<Record<string, string>> = {
  account: 'account',
  merchant: 'merchantId',
  counterparty: 'counterpartyId',
  device: 'deviceId',
  ip: 'ipAddress',
  card: 'cardToken',
  country: 'country',
};
