import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import type { CanonicalDecision } from './decide.ts';
import { type CanonicalCase, folderOf, type History, readLines } from './history.ts';

/** The seal of a scored history: all are SHA-256 over lines of canonical JSON, hex. */
export interface Seal {
  /** The meaning the rule set was checked under. */
  semantics: number;
  /** Of what was scored, so that a changed history is not taken for changed scoring. */
  transactions: string;
  labels: string;
  /** Only where there are changes of lists. */
  lists?: string;
  rates: string;
  decisions: number;
  /** Over all decisions, in their order. */
  digest: string;
  /** Over the decisions of each account. */
  accounts: Record<string, string>;
}

/** What a case must come to. */
export interface Expectation {
  seal: Seal;
  decisions: CanonicalDecision[];
  /** As a fact of its publishing holds it: checked then, and run ever since without today's parser. */
  ruleSet: unknown;
}

export function sealOf(semantics: number, history: History, decisions: readonly CanonicalDecision[]): Seal {
  const byAccount = Map.groupBy(decisions, ({ accountId }) => accountId);
  const accounts = [...byAccount].map(([id, own]) => [id, digestOf(own.map(lineOf))] as const);
  return {
    semantics,
    transactions: digestOf(history.transactions),
    labels: digestOf(history.labels),
    ...(history.lists.length > 0 && { lists: digestOf(history.lists) }),
    rates: digestOf([JSON.stringify(history.rates ?? null)]),
    decisions: decisions.length,
    digest: digestOf(decisions.map(lineOf)),
    accounts: Object.fromEntries(accounts.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Undefined where nothing was ever written. */
export function readExpectation(one: CanonicalCase): Expectation | undefined {
  const { seal, decisions, ruleSet } = pathsOf(one);
  if (!existsSync(seal)) return undefined;
  return {
    seal: JSON.parse(readFileSync(seal, 'utf8')) as Seal,
    decisions: readLines(decisions).map((line) => JSON.parse(line) as CanonicalDecision),
    ruleSet: JSON.parse(gunzipSync(readFileSync(ruleSet)).toString('utf8')),
  };
}

export function writeExpectation(
  one: CanonicalCase,
  ruleSet: RuleSet,
  history: History,
  decisions: readonly CanonicalDecision[],
): void {
  const paths = pathsOf(one);
  const seal = sealOf(ruleSet.semantics, history, decisions);
  writeFileSync(paths.seal, `${JSON.stringify(seal, null, 2)}\n`);
  writeFileSync(
    paths.decisions,
    gzipSync(decisions.map((each) => `${lineOf(each)}\n`).join(''), { level: 9 }),
  );
  writeFileSync(paths.ruleSet, gzipSync(JSON.stringify({ ...ruleSet, examples: [] }), { level: 9 }));
}

function pathsOf({ history, rules }: CanonicalCase) {
  const path = `${folderOf(history)}/${rules}`;
  return {
    seal: `${path}.seal.json`,
    decisions: `${path}.decisions.ndjson.gz`,
    ruleSet: `${path}.rule-set.json.gz`,
  };
}

const lineOf = (decision: CanonicalDecision): string => JSON.stringify(decision);

function digestOf(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  return hash.digest('hex');
}
