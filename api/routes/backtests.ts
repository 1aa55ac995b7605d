import { z } from 'zod';
import { parseOccurredAt } from '../../domain/occurred-at.ts';
import { parseDurationMs } from '../../domain/rules/duration.ts';
import type { App } from '../app.ts';
import { keyOf } from '../auth.ts';
import type { BacktestAnswer, BacktestJob } from '../backtesting.ts';
import type { Limits } from '../limits.ts';
import { Problem, retryAfter } from '../problem.ts';
import { ruleSetRefused } from '../rule-set-refused.ts';
import { problemAnswer } from '../schemas.ts';
import type { Services } from '../services.ts';

const MOST_RULE_SETS = 4;
const RETRY_MS = 30_000;
const ID = z.object({ id: z.uuid() });

const rules = z
  .union([
    z.strictObject({ source: z.string().min(1).describe('YAML') }),
    z.strictObject({ name: z.string().min(1).max(128), version: z.int().min(1) }),
  ])
  .describe('A rule set: its source, or a published version');

const time = z.string().transform((text, context) => {
  const ms = parseOccurredAt(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (typeof ms === 'number') return ms;
  context.addIssue({
    code: 'custom',
    message: 'must be a day such as 2026-03-01 (from midnight UTC) or an RFC 3339 time with a zone',
  });
  return z.NEVER;
});

const duration = z.string().transform((text, context) => {
  const ms = parseDurationMs(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: 'must be a duration such as 90d or 12h' });
  return z.NEVER;
});

const order = z
  .strictObject({
    rules: z.array(rules).min(1).max(MOST_RULE_SETS).describe('The candidates'),
    against: z
      .union([z.literal('active'), rules])
      .optional()
      .describe('What they are compared with; active: the rule sets as they were in force'),
    from: time.optional(),
    to: time.optional().describe('Exclusive'),
    labels: z.enum(['as-known', 'final']).default('as-known'),
    unlabelled: z.enum(['genuine', 'unknown']).default('unknown'),
    ripeAfter: duration.default(90 * 86_400_000),
    cards: z.int().min(1).max(1_000_000).default(100),
    examples: z.int().min(0).max(1_000).default(10),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    path: ['to'],
    message: 'must be later than from',
  });

const summary = z.object({
  id: z.uuid(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  by: z.string(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  progress: z.number().min(0).max(1).describe('Share of the work done'),
  decisions: z.int().describe('Made so far, over all rule sets'),
  etaMs: z.number().nullable().describe('How long it will still take, at the rate so far'),
  problem: z.string().nullable().describe('Why there is no report, and never will be'),
});
const job = summary
  .extend({
    report: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('As docs/backtest.md has it; null until it is done'),
  })
  .describe('A backtest');

/** Rule sets tried on history, as jobs of the server. */
export function backtestRoutes(app: App, services: Services, limits: Limits): void {
  app.route({
    method: 'POST',
    url: '/v1/backtests',
    config: { scope: 'operate' },
    bodyLimit: limits.ruleSetBytes * (MOST_RULE_SETS + 1),
    schema: {
      tags: ['backtests'],
      summary: 'Try rule sets on history',
      description:
        'In a process of its own at low priority, one after the other; nothing is written. It ends with the server process that took it.',
      body: order,
      response: { 202: job, default: problemAnswer },
    },
    handler: async (request, reply) => {
      const { from = null, to = null, against = null, ...rest } = request.body;
      const asked = { ...rest, against, fromMs: from, toMs: to, ripeAfterMs: rest.ripeAfter };
      const taken = takenOf(await services.startBacktest(asked, keyOf(request).name));
      return reply.code(202).header('location', `/v1/backtests/${taken.id}`).send(present(taken));
    },
  });
  readRoutes(app, services);
  app.route({
    method: 'DELETE',
    url: '/v1/backtests/:id',
    config: { scope: 'operate' },
    schema: {
      tags: ['backtests'],
      summary: 'Cancel a backtest, or forget one that has ended',
      params: ID,
      response: { 200: job, default: problemAnswer },
    },
    handler: async (request) => present(known(await services.removeBacktest(request.params.id))),
  });
}

function readRoutes(app: App, services: Services): void {
  app.route({
    method: 'GET',
    url: '/v1/backtests',
    config: { scope: 'read' },
    schema: {
      tags: ['backtests'],
      summary: 'The backtests of this server process, newest first',
      response: { 200: z.object({ backtests: z.array(summary) }), default: problemAnswer },
    },
    handler: async () => ({ backtests: services.backtests().map(summaryOf) }),
  });
  app.route({
    method: 'GET',
    url: '/v1/backtests/:id',
    config: { scope: 'read' },
    schema: {
      tags: ['backtests'],
      summary: 'How far a backtest is, and its report',
      params: ID,
      response: { 200: job, default: problemAnswer },
    },
    handler: async (request) => present(known(services.backtest(request.params.id))),
  });
}

function takenOf(answer: BacktestAnswer): BacktestJob {
  if (answer.kind === 'taken') return answer.job;
  if (answer.kind === 'refused') throw ruleSetRefused(answer.problems, answer.field);
  if (answer.kind === 'unknown') {
    const errors = [{ field: answer.field, problem: 'no rule set of this name and version was published' }];
    throw new Problem('not-found', `${answer.field}: no rule set has this name and version.`, { errors });
  }
  throw new Problem(
    'too-many-backtests',
    'Several wait already. Ask again when one has ended, or cancel one.',
    {},
    retryAfter(RETRY_MS),
  );
}

function known(found: BacktestJob | undefined): BacktestJob {
  if (found !== undefined) return found;
  throw new Problem(
    'not-found',
    'No backtest of this server process has this id. They end with the process that took them.',
  );
}

function summaryOf(found: BacktestJob): z.infer<typeof summary> {
  const { id, state, by, progress, problem, createdAtMs, startedAtMs, endedAtMs } = found;
  const { position, total, decisions } = progress;
  const share = state === 'done' ? 1 : total === 0 ? 0 : Math.min(1, position / total);
  const elapsedMs = startedAtMs === null ? 0 : Date.now() - startedAtMs;
  return {
    id,
    state,
    by,
    createdAt: timeText(createdAtMs)!,
    startedAt: timeText(startedAtMs),
    endedAt: timeText(endedAtMs),
    progress: share,
    decisions,
    etaMs: state === 'running' && share > 0 ? Math.round((elapsedMs / share) * (1 - share)) : null,
    problem,
  };
}

const present = (found: BacktestJob): z.infer<typeof job> => ({
  ...summaryOf(found),
  report: found.report as unknown as Record<string, unknown> | null,
});

const timeText = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
