import { z } from 'zod';
import { parseDurationMs } from './duration.ts';

/** An expression as written; YAML reads a bare true or 50 as no text, which is as good. */
export const expressionSource = z
  .union([z.string(), z.number(), z.boolean()], { error: 'must be an expression' })
  .transform(String);

const MIN_ALERT_DURATION_MS = 1_000;
const MAX_ALERT_DURATION_MS = 90 * 86_400_000;

/** Written `24h`; milliseconds once parsed. */
const alertDuration = z
  .union([z.string(), z.number()], { error: 'must be a duration, such as 24h' })
  .transform((written, context) => {
    const ms = parseDurationMs(String(written));
    if (ms !== undefined && ms >= MIN_ALERT_DURATION_MS && ms <= MAX_ALERT_DURATION_MS) return ms;
    context.addIssue({ code: 'custom', message: 'must be a duration from 1s to 90d, such as 24h' });
    return z.NEVER;
  });

const text = z.string().max(2_000, 'must have at most 2000 characters');

/** The top of the document; its parts are checked one by one, so that a fault in one hides none in another. */
export const ruleSetShape = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{0,63}$/,
      'must be 1 to 64 small letters, digits and "-", beginning with a letter',
    ),
  semantics: z.literal(1).optional(),
  description: text.optional(),
  fields: z.record(z.string(), z.unknown()).optional(),
  features: z.record(z.string(), z.unknown()).optional(),
  rules: z.array(z.unknown()),
  score: expressionSource.optional(),
  scores: z.record(z.string(), z.unknown()).optional(),
  thresholds: z.unknown().optional(),
  alerts: z.unknown().optional(),
  tests: z.array(z.unknown()).optional(),
});

export const ruleShape = z.strictObject({
  id: z
    .string()
    .regex(
      /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
      'must be 1 to 64 letters, digits, "_" and "-", beginning with a letter',
    ),
  when: expressionSource,
  points: z.number().min(-100, 'must be -100 to 100').max(100, 'must be -100 to 100').optional(),
  reason: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be 1 to 64 capital letters, digits and "_", such as VELOCITY_1H'),
  description: text.optional(),
  shadow: z.boolean().optional(),
  family: z
    .string()
    .regex(
      /^[A-Za-z][A-Za-z0-9_]{0,63}$/,
      'must be 1 to 64 letters, digits and "_", such as card_testing, beginning with a letter',
    )
    .optional(),
  coolDown: alertDuration.optional(),
});

export const alertsShape = z.strictObject({ group: alertDuration });

const threshold = z.number().min(0, 'must be 0 to 100').max(100, 'must be 0 to 100');

export const thresholdsShape = z.strictObject({ review: threshold, decline: threshold });

export const exampleShape = z.strictObject({
  name: z.string().min(1, 'must not be empty'),
  given: z.array(z.unknown()).min(1, 'must hold at least one transaction'),
  // biome-ignore lint/suspicious/noThenProperty: given and then are the words of an example, and nothing awaits it
  then: z.unknown().optional(),
});

export const outcomeShape = z.strictObject({
  decision: z.enum(['approve', 'review', 'decline']).optional(),
  reasons: z.array(z.string()).optional(),
  score: threshold.optional(),
});
