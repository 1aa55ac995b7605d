import { z } from 'zod';
import { IDENTIFIER, transactionSchema } from '../domain/transaction.ts';
import { PROBLEM_MEDIA_TYPE } from './problem.ts';

// The shapes the API documents. Named ones are shared in the OpenAPI document.

export const positionToken = z
  .string()
  .regex(/^\d{1,16}$/, 'must be a position as answers give it, such as "1042"')
  .describe('A store position: an opaque decimal token to wait for');
export const identifier = z.string().regex(IDENTIFIER, 'must be 1 to 128 printable ASCII characters');
export const verdict = z.enum(['approve', 'review', 'decline']);
export const score = z
  .number()
  .min(0)
  .max(100)
  .nullable()
  .describe('0..100; null where the score was undefined');
const revision = z.int().min(0).describe('Place of the transaction in its account’s order');
const asOf = positionToken.describe('The store position this answer reflects');

export const ruleSetVersion = z.object({ name: z.string(), version: z.int().min(1) });
const featureValue = z
  .union([z.number(), z.string(), z.boolean(), z.null()])
  .describe('Integers beyond 2^53-1 are decimal strings; null is missing');
const hit = z.object({ rule: z.string(), points: z.number(), reason: z.string() });

const stored = {
  transactionId: identifier,
  accountId: identifier,
  revision,
  position: positionToken,
};

export const accepted = z
  .object({
    ...stored,
    degraded: z.literal(true).optional().describe('The wait ran out: decision is the fallback of the key'),
    decision: verdict.optional().describe('Only with degraded'),
  })
  .describe('Stored; the decision was not waited for, or not there in time');

export const decided = z
  .object({
    ...stored,
    degraded: z.literal(false),
    score,
    decision: verdict,
    reasons: z.array(z.string()),
    ruleSet: ruleSetVersion,
    lateByMs: z.number(),
  })
  .describe('Stored and decided');

const explanation = {
  score,
  decision: verdict.nullable().describe('null while it is not decided yet'),
  reasons: z.array(z.string()),
  hits: z.array(hit),
  features: z.record(z.string(), featureValue),
  shadowHits: z.array(z.string()).describe('Shadow rules that were met: they decide nothing'),
  scores: z.record(z.string(), z.number().nullable()).describe('Named scores; null where missing'),
  undefinedRules: z.array(z.string()).describe('Rules that met a missing value: not met, counted'),
  ruleSet: ruleSetVersion.nullable(),
  lateByMs: z.number().nullable().describe('How far behind the account’s newest event it occurred'),
};

export const transaction = z.object({
  ...stored,
  ...explanation,
  transaction: transactionSchema,
  amountBaseMinor: z.int().nullable().describe('Amount in minor units of the base currency'),
  ratesVersion: z.int().nullable(),
  receivedAt: z.iso.datetime(),
  origin: z.enum(['live', 'import']),
});

export const transactionAnswer = z.object({ ...transaction.shape, asOf }).describe('The transaction');

export const scoreAnswer = z
  .object({
    transactionId: identifier,
    accountId: identifier,
    revision: z
      .int()
      .describe('Revision of the account’s newest fact, which it would follow; -1 where there is none'),
    ...explanation,
  })
  .describe('What would be said');

export const accountAnswer = z
  .object({ accountId: identifier, revision, ...explanation, asOf })
  .describe('The account');

export const nextCursor = z
  .string()
  .nullable()
  .describe('Gives the next page as ?cursor=; null where there is none now');

export const transactionsAnswer = z
  .object({ transactions: z.array(transaction), nextCursor, asOf })
  .describe('A page of transactions');

const suspected = {
  alertId: z.string(),
  accountId: identifier,
  transactionId: identifier,
  transactionRevision: revision,
  transactionPosition: positionToken,
  occurredAt: z.string(),
  amountMinor: z.int(),
  currency: z.string(),
  amountBaseMinor: z.int().nullable(),
  score,
  decision: z.enum(['review', 'decline']),
  reasons: z.array(z.string()),
  hits: z.array(hit),
  ruleSet: ruleSetVersion,
  lateByMs: z.number(),
};

export const suspicion = z.object({
  ...suspected,
  alertId: z.string().describe('Of the alert it is, or would be by itself'),
  heldBack: z.boolean().describe('A cool-down kept it from opening an alert'),
});

export const alert = z.object({
  ...suspected,
  state: z.enum(['open', 'claimed', 'closed']),
  revision: z.int().min(0).describe('Of the alert itself'),
  position: positionToken,
  score: score.describe('The highest of its suspicions'),
  decision: z.enum(['review', 'decline']).describe('The most severe of its suspicions'),
  reasons: z.array(z.string()).describe('Of all its suspicions'),
  hits: z.array(hit).describe('Of the suspicion that opened it, as the transaction and the features'),
  features: z.record(z.string(), featureValue),
  suspicionCount: z.int().min(1).describe('How many suspicions it holds'),
  lastOccurredAt: z.string().describe('The latest any of them occurred'),
  suspicions: z.array(suspicion).optional().describe('Of one alert: all of them, the opening one first'),
  assignee: z.string().nullable(),
  disposition: z.enum(['fraud', 'genuine', 'unclear']).nullable(),
  history: z.array(
    z.object({
      what: z.enum(['claimed', 'released', 'noted', 'closed']),
      by: z.string(),
      at: z.string(),
      text: z.string().nullable(),
    }),
  ),
});

export const alertAnswer = z.object({ ...alert.shape, asOf }).describe('The alert');
export const alertsAnswer = z
  .object({ alerts: z.array(alert), nextCursor, asOf })
  .describe('A page of alerts');

export const factRevision = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a revision as answers give it, such as 17')
  .describe('Of a fact in the account’s order');
const said = z.object({ score, decision: verdict, reasons: z.array(z.string()) });
export const factAnswer = z
  .object({
    fact: z.object({
      revision: z.int().min(0).describe('Place of the fact in its account’s order'),
      position: positionToken,
      type: z.string(),
      schemaVersion: z.int(),
      transaction: z
        .object({
          transactionId: identifier,
          occurredAt: z.string(),
          amountMinor: z.int(),
          currency: z.string(),
        })
        .nullable()
        .describe('null where it is no transaction, or cannot be read'),
    }),
    position: positionToken.nullable().describe('In force from this position on; null of a preview'),
    preview: z
      .object({
        waiting: z
          .object({
            ofAccount: z.int().describe('Facts of the account'),
            positions: z.int().describe('Positions of the store, also those of other partitions'),
          })
          .nullable()
          .describe('What waits behind a fact that cannot be read'),
        later: z
          .object({
            decisions: z.int().describe('Later decisions of the account that were compared'),
            differ: z.int().describe('How many would have another score, decision or reasons'),
            first: z
              .array(z.object({ transactionId: identifier, revision, is: said, wouldBe: said }))
              .describe('The first few of those'),
            upTo: z.int().describe('Compared up to this revision'),
          })
          .nullable()
          .describe('What would have been decided; null where the fact cannot be read'),
      })
      .nullable(),
  })
  .describe('What was done, or would be');

export const ruleSetSummary = z.object({
  ...ruleSetVersion.shape,
  hash: z.string().describe('SHA-256 of the source, hex'),
  publishedBy: z.string(),
  publishedAt: z.string(),
  position: positionToken,
  active: z.boolean(),
  retired: z.boolean().describe('It is not put in force again'),
});
export const ruleSetsAnswer = z.object({ ruleSets: z.array(ruleSetSummary), asOf }).describe('All versions');
export const ruleSetAnswer = z
  .object({ ...ruleSetSummary.shape, source: z.string(), asOf })
  .describe('The version');
export const activationAnswer = z
  .object({ ...ruleSetVersion.shape, position: positionToken })
  .describe('In force from this position on');

export const retirementAnswer = z
  .object({ ...ruleSetVersion.shape, position: positionToken })
  .describe('Not to be put in force any more');
export const ruleSetHistoryAnswer = z
  .object({
    steps: z.array(
      z.object({
        what: z.enum(['published', 'activated', 'retired']),
        version: z.int(),
        by: z.string(),
        at: z.string(),
        reason: z.string().nullable(),
        position: positionToken,
      }),
    ),
  })
  .describe('Oldest first');
export const ruleSetDifferenceAnswer = z
  .object({ from: ruleSetVersion, to: ruleSetVersion, differences: z.array(z.string()) })
  .describe('What the version says otherwise, a line each; empty where both decide and record the same');

export const ratesAnswer = z
  .object({
    version: z.int(),
    base: z.string(),
    rates: z.record(z.string(), z.string()),
    by: z.string(),
    at: z.string(),
    asOf,
  })
  .describe('The table');
export const ratesPublished = z.object({ version: z.int(), position: positionToken }).describe('Published');

export const statusAnswer = z
  .object({
    version: z.string(),
    position: positionToken.describe('Position of the newest fact in the store'),
    sealed: positionToken.describe('What was decided up to here is sealed'),
    ruleSet: ruleSetVersion.nullable(),
    stages: z.array(
      z.object({
        name: z.string(),
        partition: z.int().optional().describe('Where the stage works in several'),
        position: positionToken,
        lag: z.int().describe('Positions behind the store'),
        state: z.enum(['running', 'catching-up', 'retrying', 'blocked', 'stopped']),
        problem: z.string().nullable(),
      }),
    ),
  })
  .describe('The stages');

export const problem = z.looseObject({
  type: z.string().describe('A stable name, https://shrike.dev/problems/...'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.looseObject({ field: z.string().optional(), problem: z.string() })).optional(),
});

const item = {
  line: z.int().optional().describe('Of NDJSON, from 1'),
  index: z.int().optional().describe('Of an array, from 0'),
  status: z.int(),
};
export const batchItem = z.object({
  ...item,
  ...z.object(stored).partial().shape,
  replayed: z.literal(true).optional().describe('It was submitted before'),
  problem: problem.optional(),
});

for (const [id, schema] of Object.entries({
  Transaction: transactionSchema,
  DecidedTransaction: transaction,
  Alert: alert,
  RuleSetSummary: ruleSetSummary,
  Problem: problem,
  BatchItem: batchItem,
})) {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id });
}

/** A problem as the answer to everything that is not listed beside it. */
export const problemAnswer = {
  description: 'A problem (RFC 9457)',
  content: { [PROBLEM_MEDIA_TYPE]: { schema: problem } },
};
