/**
 * Decimals of the minor unit of an ISO 4217 currency: 2 for EUR (cents), 0 for JPY, 3 for KWD.
 *
 * Active codes, and those withdrawn since 2021, because imported history still holds them. Codes without a
 * minor unit (gold, special drawing rights, testing, no currency) are left out: an amount in minor units of
 * them has no meaning.
 *
 * @returns undefined for what is no such code; codes are upper case
 */
export function currencyExponent(code: string): number | undefined {
  return EXPONENTS.get(code);
}

const NO_DECIMALS = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF';
const TWO_DECIMALS =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW ' +
  'CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF ' +
  'IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK ' +
  'MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP ' +
  'SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG ' +
  'YER ZAR ZMW ZWG';
const TWO_DECIMALS_WITHDRAWN = 'ANG BGN CUC HRK SLL ZWL';
const THREE_DECIMALS = 'BHD IQD JOD KWD LYD OMR TND';
const FOUR_DECIMALS = 'CLF UYW';

const EXPONENTS: ReadonlyMap<string, number> = new Map([
  ...withExponent(NO_DECIMALS, 0),
  ...withExponent(TWO_DECIMALS, 2),
  ...withExponent(TWO_DECIMALS_WITHDRAWN, 2),
  ...withExponent(THREE_DECIMALS, 3),
  ...withExponent(FOUR_DECIMALS, 4),
]);

function withExponent(codes: string, exponent: number): [string, number][] {
  return codes.split(' ').map((code) => [code, exponent]);
}
