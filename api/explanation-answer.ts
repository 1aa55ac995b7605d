import { z } from 'zod';
import type { ExplainedFeature, ExplainedListing, Explanation } from '../domain/explanation.ts';
import { token } from './presentation.ts';
import { identifier, positionToken, ruleSetVersion, score, verdict } from './schemas.ts';

const value = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const label = z
  .enum(['fraud', 'genuine'])
  .nullable()
  .describe('As it was known when the transaction was decided');

const event = {
  transactionId: identifier,
  accountId: identifier,
  occurredAt: z.string(),
  amountMinor: z.int(),
  currency: z.string(),
  label,
};

const feature = z.object({
  name: z.string(),
  value: value.describe('As it was recorded; integers beyond 2^53-1 are decimal strings; null is missing'),
  aggregate: z.string(),
  of: z.string().nullable().describe('The field aggregated'),
  per: z.string().describe('The field by whose value events are gathered, or account'),
  key: z.string().nullable().describe('That value of the transaction; null where it has none'),
  where: z.string().nullable(),
  prior: z.boolean().describe('Whether the transaction itself is left out'),
  after: z.string().nullable().describe('The window: later than this; null where it has no beginning'),
  upTo: z.string().describe('And not later than this'),
  last: z
    .object({ most: z.int(), among: z.string().nullable().describe('Only those that meet it') })
    .nullable()
    .describe('Of a window of the last N'),
  steps: z
    .array(z.object({ firstSeen: z.string().nullable(), where: z.string().nullable() }))
    .nullable()
    .describe('Of a sequence'),
  list: z
    .object({
      name: z.string(),
      version: z.int().describe('0: it was not defined by then'),
      entry: z
        .object({
          expiresAt: z.string().nullable(),
          note: z.string().nullable(),
          version: z.int().describe('That put it there'),
          position: positionToken,
          by: z.string(),
          at: z.string(),
        })
        .nullable()
        .describe('What stood there of the value, expired or not'),
    })
    .nullable()
    .describe('Of a feature that is looked up in a list, as it stood then'),
  readBy: z.array(z.string()).describe('Rules that hit and read it; score for the score expression'),
  count: z.int().describe('Events that make the value'),
  events: z
    .array(
      z.object({
        ...event,
        value: value.describe('Of the field aggregated'),
        isScored: z.boolean().describe('Whether it is the transaction itself'),
      }),
    )
    .describe('They, newest first, at most as many as were asked for'),
});

const said = {
  score,
  decision: verdict,
  reasons: z.array(z.string()),
};
const why = {
  ...said,
  hits: z.array(
    z.object({
      rule: z.string(),
      points: z.number(),
      reason: z.string(),
      when: z.string().describe('As written'),
    }),
  ),
  undefinedRules: z.array(z.string()).describe('Rules that met a missing value: not met, counted'),
  features: z.array(feature),
};

export const explanation = z.object({
  transactionId: identifier,
  accountId: identifier,
  revision: z.int().min(0),
  position: positionToken,
  occurredAt: z.string(),
  amountMinor: z.int(),
  currency: z.string(),
  amountBaseMinor: z.int().nullable(),
  receivedAt: z.string(),
  origin: z.enum(['live', 'import']),
  ruleSet: ruleSetVersion.extend({ version: z.int().min(0) }).describe('Version 0: none was active yet'),
  lateByMs: z.number().describe('How far behind the account’s newest event it occurred'),
  ...why,
  shadowHits: z.array(z.string()).describe('Shadow rules that were met: they decide nothing'),
  scores: z.record(z.string(), z.number().nullable()).describe('Named scores; null where missing'),
  differences: z
    .array(z.string())
    .describe('What recomputing it says otherwise than the record; empty where they agree'),
  counterfactual: z
    .object({
      candidates: z
        .int()
        .describe('Earlier events in the windows that the rules that hit, and the score, read'),
      tried: z
        .int()
        .describe('Of these, taken away one at a time, newest first; fewer where a bound was reached'),
      changes: z.array(z.object({ event: z.object(event), ...said })),
    })
    .describe('Single events without which it would have been decided otherwise'),
  whatIf: z
    .object({ name: z.string(), ...why })
    .nullable()
    .describe('What another rule set would have said of it at the same place'),
});

/** An explanation as it leaves: positions as tokens, times in RFC 3339. The command line prints the same. */
export function presentExplanation(explained: Explanation): z.output<typeof explanation> {
  const { transaction, recorded, hits, features, differences, counterfactual, whatIf } = explained;
  const { position, receivedAtMs, ...named } = transaction;
  const { origin, ruleSet, lateByMs, score, decision, reasons, undefinedRules, beside } = recorded;
  return {
    ...named,
    position: token(position),
    receivedAt: new Date(receivedAtMs).toISOString(),
    origin,
    ruleSet,
    lateByMs,
    score,
    decision,
    reasons,
    hits,
    shadowHits: beside?.shadowHits ?? [],
    scores: beside?.scores ?? {},
    undefinedRules,
    features: features.map(presentFeature),
    differences,
    counterfactual,
    whatIf: whatIf && { ...whatIf, features: whatIf.features.map(presentFeature) },
  };
}

function presentFeature({ afterMs, upToMs, list, ...rest }: ExplainedFeature): z.output<typeof feature> {
  const after = afterMs === null ? null : new Date(afterMs).toISOString();
  return { ...rest, after, upTo: new Date(upToMs).toISOString(), list: list && presentListing(list) };
}

function presentListing({ entry, ...rest }: ExplainedListing): NonNullable<z.output<typeof feature>['list']> {
  return { ...rest, entry: entry && { ...entry, position: token(entry.position) } };
}
