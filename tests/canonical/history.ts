import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { parseRates, type RateTable } from '../../domain/rates.ts';

/** A history as it is kept: lines of NDJSON, and the rates of all of them. */
export interface History {
  transactions: string[];
  labels: string[];
  /** Changes of lists, of the rule set; most have none. */
  lists: string[];
  rates: RateTable | undefined;
}

/** A history and one of the rule sets that score it: `accounts/points`. */
export interface CanonicalCase {
  name: string;
  history: string;
  rules: string;
}

/** Another folder only to try `write.ts` on a copy. */
const ROOT = process.env.SHRIKE_CANONICAL_HISTORIES ?? fileURLToPath(new URL('histories', import.meta.url));

export const folderOf = (history: string): string => `${ROOT}/${history}`;

/** Every rule set of every history. */
export function canonicalCases(): CanonicalCase[] {
  return readdirSync(ROOT)
    .sort()
    .flatMap((history) =>
      readdirSync(folderOf(history))
        .filter((file) => file.endsWith('.yaml'))
        .sort()
        .map((file) => {
          const rules = file.slice(0, -'.yaml'.length);
          return { name: `${history}/${rules}`, history, rules };
        }),
    );
}

export function readHistory({ history, rules }: CanonicalCase): History {
  return {
    transactions: readLines(`${folderOf(history)}/transactions.ndjson.gz`),
    labels: readLines(`${folderOf(history)}/labels.ndjson.gz`),
    lists: readText(`${folderOf(history)}/${rules}.changes.ndjson`),
    rates: readRates(`${folderOf(history)}/rates.json`),
  };
}

export const readRules = ({ history, rules }: CanonicalCase): string =>
  readFileSync(`${folderOf(history)}/${rules}.yaml`, 'utf8');

/** The lines of a gzip file; none where it is not there. */
export function readLines(path: string): string[] {
  if (!existsSync(path)) return [];
  return gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
}

const readText = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];

function readRates(path: string): RateTable | undefined {
  if (!existsSync(path)) return undefined;
  const parsed = parseRates(JSON.parse(readFileSync(path, 'utf8')));
  if ('problems' in parsed) throw new Error(`${path}: ${JSON.stringify(parsed.problems)}`);
  return { version: 0, ...parsed.rates };
}
