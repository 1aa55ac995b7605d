import { z } from 'zod';
import { currencyExponent } from '../../domain/codes/currencies.ts';
import { CARD_NUMBER_FIELDS } from '../../domain/door/card-number-problems.ts';

/** Settings come as text. */
const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .transform((text) => (/^\d{1,16}$/.test(text) ? Number(text) : Number.NaN))
    .refine(
      (value) => value >= least && value <= most,
      `must be a whole number ${most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}`}`,
    );

/** Everything a server can be told. Times in ms. */
export const configSchema = z.strictObject({
  data: z.string().min(1, 'must name a folder'),
  host: z.string().min(1, 'must be an address such as 127.0.0.1'),
  port: whole(0, 65_535),
  /** Amounts are compared in it until a rate table says otherwise. */
  baseCurrency: z
    .string()
    .refine((code) => currencyExponent(code) !== undefined, 'must be an ISO 4217 code such as EUR'),
  latenessMs: whole(0),
  /** Fields that may hold what looks like a card number. */
  allowCardNumbersIn: z
    .string()
    .transform((list) => list.split(',').filter((field) => field !== ''))
    .refine(
      (fields) => fields.every((field) => CARD_NUMBER_FIELDS.includes(field)),
      `must be of ${CARD_NUMBER_FIELDS.join(', ')}`,
    ),
  /** Events kept in memory over all accounts. */
  memoryEvents: whole(1_000),
  /** Submissions that may wait to be stored. */
  queue: whole(1),
  /** Decisions that one seal closes at most about; 0: none are sealed. */
  sealDecisions: whole(0),
  /** After so long what has been decided is sealed, however little it is. */
  sealMs: whole(1_000),
});

export type Config = z.infer<typeof configSchema>;

export const DEFAULTS = {
  data: './data',
  host: '127.0.0.1',
  port: '8080',
  baseCurrency: 'EUR',
  latenessMs: String(7 * 86_400_000),
  allowCardNumbersIn: '',
  memoryEvents: '20000000',
  queue: '20000',
  sealDecisions: '10000',
  sealMs: '600000',
} as const;

/** The setting's environment variable, e.g. SHRIKE_BASE_CURRENCY. */
export const variableOf = (setting: string): string =>
  `SHRIKE_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** The setting's option, e.g. `--base-currency`. */
const optionOf = (setting: string): string =>
  `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The fields in which what looks like a card number is refused. */
export const cardNumberFieldsOf = ({
  allowCardNumbersIn,
}: Pick<Config, 'allowCardNumbersIn'>): ReadonlySet<string> =>
  new Set(CARD_NUMBER_FIELDS.filter((field) => !allowCardNumbersIn.includes(field)));

/** How often decisions are sealed. */
export const sealEveryOf = ({ sealDecisions, sealMs }: Pick<Config, 'sealDecisions' | 'sealMs'>) => ({
  decisions: sealDecisions,
  ms: sealMs,
});

/** What is wrong with the settings: one line that names each. */
export class BadConfig extends Error {}

/** Options before environment variables before defaults. @throws BadConfig */
export function configOf(
  options: Partial<Record<keyof Config, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const given = Object.fromEntries(
    Object.entries(DEFAULTS).map(([setting, otherwise]) => {
      return [setting, options[setting as keyof Config] ?? environment[variableOf(setting)] ?? otherwise];
    }),
  );
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new BadConfig(
    parsed.error.issues
      .map(({ path, message }) => problem(String(path[0]) as keyof Config, message, given))
      .join('; '),
  );
}

function problem(setting: keyof Config, message: string, given: Record<string, string>): string {
  return `${optionOf(setting)} (${variableOf(setting)}) ${message}, not "${given[setting]}"`;
}
