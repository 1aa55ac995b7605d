import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { presentExplanation } from '../../../api/explanation-answer.ts';
import type { Decision } from '../../../domain/decision.ts';
import type { Explanation } from '../../../domain/explanation.ts';
import type { StoredFact } from '../../../domain/facts.ts';
import type { EventStore } from '../../../domain/ports.ts';
import { scoringPlan } from '../../../domain/risk-fold.ts';
import { IDENTIFIER } from '../../../domain/transaction.ts';
import { Explanations } from '../../../processors/explain.ts';
import { dataPaths } from '../../data-folder/data-folder.ts';
import { replayCommand } from '../../data-folder/data-folder-refused.ts';
import { readingStore } from '../../event-store/reading-store.ts';
import { postgresDecisionQueries } from '../../postgres/postgres-decision-queries.ts';
import type { DecisionQueries } from '../../read-model/queries/decision-queries.ts';
import { sqliteDecisionQueries } from '../../read-model/queries/sqlite-decisions.ts';
import { openRiskDatabase } from '../../read-model/risk-database.ts';
import type { LayoutOptions } from '../../server/distributed/engines-config.ts';
import { openRoleEngines } from '../../server/distributed/role-engines.ts';
import { accountsOf } from '../../server/services/reading.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { explainReport } from '../explain-report.ts';
import { namedEngines } from '../named-engines.ts';
import { wholeNumber } from '../number-option.ts';
import { readRuleSet } from '../read-rule-set.ts';

export interface ExplainOptions extends LayoutOptions {
  account?: string;
  rules?: string;
  events: string;
  all: boolean;
  data: string;
  json: boolean;
}

const MOST_EVENTS = 100_000;
/** What fits into the memory that Node gives itself on any machine. */
const MOST_HELD = 1_000_000;

/** What was decided and recorded, and the facts it was decided from. */
interface Opened {
  store: EventStore;
  decisions: DecisionQueries;
  close(): void | Promise<void>;
}

/** Says why a transaction was decided as it was, from the store; works beside a running server. */
export async function explainTransaction(
  transactionId: string,
  options: ExplainOptions,
  isFolderGiven: boolean,
): Promise<number> {
  const mostEvents = wholeNumber('--events', options.events, 0, MOST_EVENTS);
  assertIdentifier('TRANSACTION', transactionId);
  if (options.account !== undefined) assertIdentifier('--account', options.account);
  const otherRules = options.rules === undefined ? undefined : await readRuleSet(options.rules);
  const opened = await open(options, isFolderGiven);
  let explanation: Explanation;
  try {
    const found = await find(opened, transactionId, options.account);
    const { store } = opened;
    const explanations = new Explanations({
      store,
      compile: scoringPlan,
      mostHeld: MOST_HELD,
      breathe: setImmediate,
    });
    explanation = await explanations.explain({ ...found, mostEvents, otherRules });
  } finally {
    await opened.close();
  }
  const text = options.json
    ? `${JSON.stringify(presentExplanation(explanation))}\n`
    : explainReport(explanation, options.all);
  process.stdout.write(text);
  return explanation.differences.length === 0 ? EXIT.ok : EXIT.no;
}

function assertIdentifier(what: string, id: string): void {
  if (IDENTIFIER.test(id)) return;
  throw new CommandFailed(`${what} must be 1 to 128 printable ASCII characters without spaces`, EXIT.usage);
}

async function open(options: ExplainOptions, isFolderGiven: boolean): Promise<Opened> {
  const engines = isFolderGiven ? undefined : namedEngines(options);
  if (engines === undefined) return openFolder(options.data);
  const { store, tables, close } = await openRoleEngines(engines, 'explain', () => undefined);
  return { store, decisions: postgresDecisionQueries(tables), close };
}

function openFolder(data: string): Opened {
  const paths = dataPaths(data);
  if (!existsSync(paths.facts))
    throw new CommandFailed(`${data} is no data folder: it has no facts.db`, EXIT.usage);
  if (!existsSync(paths.risk))
    throw new CommandFailed(
      `${data} has no decisions yet; to make them run: ${replayCommand(data)}`,
      EXIT.refused,
    );
  const store = readingStore(paths.facts);
  const database = openRiskDatabase(paths.risk, { readOnly: true });
  return {
    store,
    decisions: sqliteDecisionQueries(database),
    close() {
      database.close();
      store.close();
    },
  };
}

async function find(
  { store, decisions }: Opened,
  transactionId: string,
  account: string | undefined,
): Promise<{ fact: StoredFact; recorded: Decision }> {
  const accountIds = account === undefined ? await accountsOf(decisions, transactionId) : [account];
  if (accountIds.length > 1) {
    const named = accountIds.join(', ');
    throw new CommandFailed(
      `several accounts have a transaction ${transactionId}: say which with --account, of ${named}`,
      EXIT.usage,
    );
  }
  const accountId = accountIds[0];
  const recorded =
    accountId === undefined ? undefined : await decisions.ofTransaction(accountId, transactionId);
  if (recorded === undefined) {
    const of = account === undefined ? '' : ` of account ${account}`;
    throw new CommandFailed(`no transaction ${transactionId}${of} was decided`, EXIT.no);
  }
  const fact = await store.readAt(recorded.position);
  if (fact?.type === 'TransactionSubmitted' && fact.key === transactionId) return { fact, recorded };
  throw new CommandFailed(
    `the decision on ${transactionId} is of position ${recorded.position}, where the store holds another fact: decisions and store are of different histories (shrike verify)`,
    EXIT.refused,
  );
}
