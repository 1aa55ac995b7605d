import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  accountStream,
  alertStream,
  FACT_SCHEMA_VERSIONS,
  type FactDraft,
  type FactType,
  type TransactionSubmitted,
} from '../../../domain/facts.ts';
import { scoringPlan } from '../../../domain/risk-fold.ts';
import { decideAgain } from '../../../processors/backtest.ts';
import { alertId, fraudSuspected, isSuspicious } from '../../../processors/fraud-suspected.ts';
import { replay } from '../../../processors/replay.ts';
import { Sealer } from '../../../processors/sealer.ts';
import { FACT_COLUMNS, type FactRow, factChecksum, factOfRow } from '../../event-store/fact-row.ts';
import { readingStore } from '../../event-store/reading-store.ts';
import type { StoreClient } from '../../event-store/store-client.ts';
import { startStore } from '../../event-store/store-thread.ts';
import { sqliteRiskRebuild } from '../../read-model/decisions-rebuild.ts';
import { openRiskDatabase } from '../../read-model/risk-database.ts';
import { sqliteRiskStore } from '../../read-model/sqlite-risk-store.ts';
import { activateRuleSet, publishRuleSet } from '../../server/services/rule-set-publishing.ts';

/** Of the account, and of the merchant: the latter must see the transactions of every account. */
export const RULES = `
name: threads
semantics: 1
features:
  own: { aggregate: count, window: 30d }
  paid: { aggregate: sum, of: amountBaseMinor, window: 30d }
  of_merchant: { aggregate: count, window: 30d, per: merchant }
  frauds_of_merchant: { aggregate: count, window: 30d, per: merchant, where: 'label == "fraud"' }
rules:
  - { id: many, when: own >= 20, points: 40, reason: MANY }
  - { id: busy, when: of_merchant >= 40, points: 20, reason: BUSY }
  - { id: bad, when: frauds_of_merchant >= 3, points: 50, reason: BAD }
  - { id: much, when: paid >= 7000, points: 15, reason: MUCH }
thresholds: { review: 50, decline: 80 }
`;

const ACCOUNTS = 23;
const MERCHANTS = 7;

/** A data folder with a history of labels, other entities and exclusions, everything decided, and its alerts. */
export interface DecidedFolder {
  factsPath: string;
  riskPath: string;
  transactions: number;
  /** Appends facts, with the store's own thread. */
  withStore<T>(work: (client: StoreClient) => Promise<T>): Promise<T>;
  /** Writes to the decisions, past everything that would not have it. */
  changeDecisions(sql: string): void;
  /** Changes a fact where it stands, its checksum too: what only a fold can notice. */
  changeFact(position: number, change: (data: TransactionSubmitted) => void): void;
  /** Makes the decisions and their checkpoint as the rules say. */
  rebuild(): Promise<void>;
  /** Seals everything, so many decisions at once. */
  seal(decisions: number): Promise<void>;
  remove(): void;
}

export async function decidedFolder(transactions: number): Promise<DecidedFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'shrike-decided-'));
  const [factsPath, riskPath] = [join(folder, 'facts.db'), join(folder, 'risk.db')];
  const made: DecidedFolder = {
    factsPath,
    riskPath,
    transactions,
    async withStore(work) {
      const { client, close } = await startStore(factsPath);
      try {
        return await work(client);
      } finally {
        await close();
      }
    },
    changeDecisions(sql) {
      const database = new DatabaseSync(riskPath);
      database.exec(sql);
      database.close();
    },
    changeFact: (position, change) => changeFact(factsPath, position, change),
    rebuild: () => rebuilt(factsPath, riskPath),
    seal: (decisions) => made.withStore((client) => seal(client, riskPath, decisions)),
    remove: () => rmSync(folder, { recursive: true }),
  };
  await made.withStore(async (client) => {
    await fill(client, transactions);
    await raise(factsPath, client);
  });
  await made.rebuild();
  return made;
}

async function fill(client: StoreClient, transactions: number): Promise<void> {
  const revisions = new Map<string, number>();
  const append = async (accountId: string, fact: FactDraft) => {
    const revision = revisions.get(accountId) ?? -1;
    const { position } = await client.append(accountStream(accountId), revision, [fact]);
    revisions.set(accountId, revision + 1);
    return { about: revision + 1, position };
  };
  const said = { by: 'x', at: '2026-01-01T00:00:00Z' };
  for (let i = 0; i < transactions; i++) {
    if (i === 100 || i === 400) await inForce(client, RULES.replace('>= 20', i === 100 ? '>= 10' : '>= 8'));
    const submitted = submission(i);
    const { accountId, occurredAt } = submitted.transaction;
    const at = await append(accountId, draft('TransactionSubmitted', submitted, `t${i}`));
    const learnt = { ...at, submitted, label: 'fraud', source: 'x', knownAt: occurredAt, ...said };
    if (i % 9 === 0) await append(accountId, draft('TransactionLabelled', learnt));
    if (i % 57 === 0) {
      await append(
        accountId,
        draft('FactExcluded', { revision: at.about, unread: false, reason: 'x', ...said }),
      );
    }
  }
}

async function inForce(client: StoreClient, rules: string): Promise<void> {
  const published = await publishRuleSet(client, rules, 'x');
  if (published.kind === 'refused') throw new Error('refused');
  await activateRuleSet(client, published.summary, 'x');
}

/** Every third came late. */
function submission(i: number): TransactionSubmitted {
  const hours = i % 3 === 0 ? i - 30 : i;
  const transaction = {
    transactionId: `t${i}`,
    accountId: `a${(i * 7) % ACCOUNTS}`,
    merchantId: `m${(i * 5) % MERCHANTS}`,
    amountMinor: i,
    currency: 'EUR',
    occurredAt: new Date(Date.UTC(2026, 0, 3) + hours * 3_600_000).toISOString(),
  };
  return { transaction, amountBaseMinor: i, ratesVersion: null, receivedAtMs: 0, origin: 'live' };
}

function draft(type: FactType, data: object, key: string | null = null): FactDraft {
  const schemaVersion = FACT_SCHEMA_VERSIONS[type];
  const text = JSON.stringify(data);
  return { eventId: randomUUID(), type, schemaVersion, key, data: text, personal: null, metadata: null };
}

/** The alerts that a processor would have raised. */
async function raise(factsPath: string, client: StoreClient): Promise<void> {
  const store = readingStore(factsPath);
  const openings: [stream: string, FactDraft][] = [];
  try {
    await decideAgain({
      store,
      compile: scoringPlan,
      through: await store.head(),
      onDecision({ decision, submitted }, { definition }) {
        if (!isSuspicious(decision)) return;
        openings.push([alertStream(alertId(decision)), fraudSuspected(decision, submitted, definition)]);
      },
    });
  } finally {
    store.close();
  }
  for (const [stream, opening] of openings) await client.append(stream, -1, [opening]);
}

async function rebuilt(factsPath: string, riskPath: string): Promise<void> {
  const store = readingStore(factsPath);
  const database = openRiskDatabase(riskPath);
  try {
    const [risk, rebuild] = [sqliteRiskStore(database), sqliteRiskRebuild(database)];
    await replay({ store, risk, rebuild, compile: scoringPlan });
  } finally {
    database.close();
    store.close();
  }
}

async function seal(store: StoreClient, riskPath: string, decisions: number): Promise<void> {
  const database = openRiskDatabase(riskPath, { readOnly: true });
  try {
    const { signal } = new AbortController();
    const every = { decisions, ms: 0 };
    const sealer = new Sealer({ store, risk: sqliteRiskStore(database), partitions: 1, every, signal });
    await sealer.step(0);
  } finally {
    database.close();
  }
}

function changeFact(factsPath: string, position: number, change: (data: TransactionSubmitted) => void): void {
  const database = new DatabaseSync(factsPath);
  const select = database.prepare(`SELECT ${FACT_COLUMNS} FROM facts WHERE position = ?`);
  select.setReturnArrays(true);
  const fact = factOfRow(select.get(position) as unknown as FactRow);
  const data = JSON.parse(fact.data);
  change(data);
  fact.data = JSON.stringify(data);
  database
    .prepare('UPDATE facts SET data = ?, checksum = ? WHERE position = ?')
    .run(fact.data, factChecksum(position, fact.stream, fact.revision, fact), position);
  database.close();
}
