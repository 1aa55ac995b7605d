/**
 * The card-number firewall: card numbers do not belong in a store that keeps everything for ever.
 *
 * A card number is a run of digits of a length its issuer uses, within one of the issuer's ranges, whose Luhn
 * check digit is right. One of about 40 random sixteen-digit account numbers is that by chance: for systems
 * whose ids look so, the check can be switched off field by field.
 */

/** Whether an identifier is or holds a card number. Digits touching letters are part of a token, not a number. */
export function holdsCardNumber(text: string): boolean {
  if (!hasDigits(text, SHORTEST)) return false;
  for (const [run] of text.matchAll(DIGIT_RUN)) {
    // The last group of a UUID has 12 digits: only as a whole value can so few be a card number.
    if (run.length > SHORTEST || run.length === text.length) {
      if (isCardNumber(run)) return true;
    }
  }
  return false;
}

/** As holdsCardNumber, for free text: there digits may be grouped by spaces or dashes. */
export function textHoldsCardNumber(text: string): boolean {
  if (!hasDigits(text, SHORTEST)) return false;
  if (holdsCardNumber(text)) return true;
  if (ONLY_GROUPED_DIGITS.test(text) && isCardNumber(bare(text))) return true;
  for (const match of text.matchAll(PRINTED)) {
    if (isCardNumber(bare(match[1]!))) return true;
  }
  return false;
}

/** Whether these digits, nothing else, are in an issuer's range, of its length, with a right check digit. */
export function isCardNumber(digits: string): boolean {
  return digits.length >= SHORTEST && digits.length <= LONGEST && hasIssuer(digits) && passesLuhn(digits);
}

const SHORTEST = 12;
const LONGEST = 19;
const DIGIT_RUN = /(?<![0-9A-Za-z])\d{12,19}(?![0-9A-Za-z])/g;
const ONLY_GROUPED_DIGITS = /^[\d -]+$/;
/** As printed on cards: 4-4-4-4, 4-4-4-4-3, 4-6-5, 4-6-4. In a lookahead, so that matches may overlap. */
const PRINTED =
  /(?<![0-9A-Za-z])(?=(\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}(?:[ -]\d{3})?(?!\d)|\d{4}[ -]\d{6}[ -]\d{4,5}(?!\d)))/g;

/** From and to are compared with the first digits, as many as they have. */
const ISSUERS: readonly { from: string; to: string; lengths: readonly number[] }[] = [
  { from: '4', to: '4', lengths: [13, 16, 19] }, // Visa
  { from: '51', to: '55', lengths: [16] }, // Mastercard
  { from: '2221', to: '2720', lengths: [16] },
  { from: '34', to: '34', lengths: [15] }, // American Express
  { from: '37', to: '37', lengths: [15] },
  { from: '6011', to: '6011', lengths: [16, 17, 18, 19] }, // Discover
  { from: '644', to: '659', lengths: [16, 17, 18, 19] },
  { from: '300', to: '305', lengths: [14, 16, 17, 18, 19] }, // Diners Club
  { from: '3095', to: '3095', lengths: [14, 16, 17, 18, 19] },
  { from: '36', to: '36', lengths: [14, 16, 17, 18, 19] },
  { from: '38', to: '39', lengths: [14, 16, 17, 18, 19] },
  { from: '3528', to: '3589', lengths: [16, 17, 18, 19] }, // JCB
  { from: '62', to: '62', lengths: [16, 17, 18, 19] }, // UnionPay
  { from: '5018', to: '5018', lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { from: '5020', to: '5020', lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { from: '5038', to: '5038', lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { from: '5893', to: '5893', lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { from: '6304', to: '6304', lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { from: '6759', to: '6763', lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
];

function hasIssuer(digits: string): boolean {
  return ISSUERS.some(({ from, to, lengths }) => {
    const prefix = digits.slice(0, from.length);
    return prefix >= from && prefix <= to && lengths.includes(digits.length);
  });
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - ZERO;
    const weighted = i % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

const ZERO = 48;

function bare(text: string): string {
  return text.replace(/[ -]/g, '');
}

/** Cheap: nearly all values end here. */
function hasDigits(text: string, enough: number): boolean {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ZERO && code <= ZERO + 9) count++;
  }
  return count >= enough;
}
