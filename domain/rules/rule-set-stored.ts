import { z } from 'zod';
import { CALENDAR_PERIODS } from '../local-time/calendar.ts';
import type { Expression, RuleSet } from './rule-set.ts';
import { assertKnownSemantics } from './semantics.ts';

const fieldType = z.enum(['number', 'string', 'boolean']);

const expression: z.ZodType<Expression> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('number'), value: z.number(), type: z.literal('number') }),
    z.object({ kind: z.literal('string'), value: z.string(), type: z.literal('string') }),
    z.object({ kind: z.literal('boolean'), value: z.boolean(), type: z.literal('boolean') }),
    z.object({ kind: z.literal('symbol'), name: z.string(), type: fieldType }),
    z.object({ kind: z.literal('call'), name: z.string(), args: z.array(expression), type: fieldType }),
  ]),
) as z.ZodType<Expression>;

const sourced = z.object({ source: z.string(), tree: expression });

const stored = z.object({
  name: z.string(),
  description: z.string().nullable(),
  fields: z.record(z.string(), fieldType),
  zones: z.record(z.string(), z.array(z.tuple([z.number(), z.number()])).min(1)).optional(),
  features: z.array(
    z.object({
      name: z.string(),
      aggregate: z.string(),
      of: z.string().nullable(),
      windowMs: z.number().nullable(),
      calendar: z.object({ period: z.enum(CALENDAR_PERIODS), zone: z.string() }).optional(),
      last: z.object({ most: z.number(), among: sourced.nullable() }).optional(),
      steps: z.array(z.object({ firstSeen: z.string().nullable(), where: sourced.nullable() })).optional(),
      delayMs: z.number(),
      prior: z.boolean(),
      where: sourced.nullable(),
      per: z.string(),
      list: z.string().optional(),
      type: fieldType,
    }),
  ),
  rules: z.array(
    z.object({
      id: z.string(),
      when: sourced,
      points: z.number(),
      reason: z.string(),
      description: z.string().nullable(),
      shadow: z.literal(true).optional(),
      family: z.string().optional(),
      coolDownMs: z.number().optional(),
    }),
  ),
  score: sourced.nullable(),
  thresholds: z.object({ review: z.number(), decline: z.number() }),
  scores: z.array(z.object({ name: z.string(), value: sourced })).optional(),
  alerts: z.object({ groupMs: z.number() }).optional(),
  examples: z.array(z.object({ name: z.string(), given: z.array(z.unknown()) })),
});

/**
 * The rule set of a RuleSetPublished fact. It was checked when it was published, so only its shape is looked
 * at: expressions run as they were stored, whatever today's parser would make of their source.
 * @throws UnknownSemantics where this version of the code cannot compute what it means
 * @throws Error where it is no rule set
 */
export function ruleSetFromJson(value: unknown): RuleSet {
  if (value === null || typeof value !== 'object') throw new Error('the stored rule set is no object');
  assertKnownSemantics((value as { semantics?: unknown }).semantics);
  const parsed = stored.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new Error(`the stored rule set is damaged at ${path.join('.') || 'its top'}: ${message}`);
  }
  return value as RuleSet;
}
