import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { transactionSchema } from '../../domain/transaction.ts';
import { type App, checkedElsewhere, checkRequest } from '../app.ts';
import { elements } from '../batch/elements.ts';
import { type Line, lineGroups } from '../batch/lines.ts';
import {
  failed,
  type Item,
  type ItemAnswer,
  readItem,
  type Submitter,
  submitItems,
} from '../batch/submit-items.ts';
import { liftBodyDeadline } from '../body-deadline.ts';
import { clientSignal } from '../client-signal.ts';
import { problemOf, type ReportError } from '../errors.ts';
import { MalformedJson, parseJson } from '../json.ts';
import type { Limits } from '../limits.ts';
import { preferences } from '../prefer.ts';
import { Problem } from '../problem.ts';
import type { RequestMetrics } from '../request-metrics.ts';
import { batchItem, problemAnswer } from '../schemas.ts';
import type { Services } from '../services.ts';
import { traceparent } from '../traceparent.ts';

const NDJSON = 'application/x-ndjson';
/** Items of an array that are read or submitted without letting others have a turn. */
const GROUP = 250;
/** Answers held for a client that does not read yet: many send everything before they read anything. */
const UNREAD_BYTES = 4 * 1024 * 1024;

const query = z.strictObject({
  origin: z
    .enum(['live', 'import'])
    .default('live')
    .describe('import: history, of any age; raises no alerts'),
});

/** Runs in a scope of its own: its bodies are not parsed as others are. */
export function batchRoutes(
  app: App,
  services: Services,
  metrics: RequestMetrics,
  limits: Limits,
  report: ReportError,
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(NDJSON, (request, payload, done) => {
    liftBodyDeadline(request);
    done(null, payload);
  });
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: limits.batchBytes },
    (_request, body, done) => done(null, body),
  );

  app.route({
    method: 'POST',
    url: '/v1/transactions/batch',
    config: {
      scope: (request) =>
        (request.query as { origin?: unknown }).origin === 'import' ? 'operate' : 'submit',
    },
    schema: {
      tags: ['transactions'],
      summary: 'Submit many transactions',
      description:
        'NDJSON of any length is answered line by line while it arrives; a JSON array ' +
        `(${limits.batchItems} items) by an array. Each item is answered for itself, in order, and those of one ` +
        'account are stored in their order. With `Prefer: return=minimal`, NDJSON is answered by the lines that ' +
        'were not stored and a last line that counts.',
      querystring: query,
      body: z.array(transactionSchema),
      consumes: ['application/json', NDJSON],
      response: {
        200: {
          description: 'An answer for each item',
          content: { 'application/json': { schema: z.array(batchItem) }, [NDJSON]: { schema: batchItem } },
        },
        default: problemAnswer,
      },
    },
    validatorCompiler: (route) => (route.httpPart === 'body' ? checkedElsewhere : checkRequest)(route),
    handler: async (request, reply) => {
      const submitter = {
        services,
        metrics,
        options: { origin: request.query.origin, traceparent: traceparent(request) },
        signal: clientSignal(reply),
      };
      const body: unknown = request.body;
      if (Buffer.isBuffer(body)) return answerArray(body, submitter, reply, limits);
      if (body instanceof Readable) return answerLines(body, submitter, request, reply, limits, report);
      throw new Problem('malformed-json', 'The body is empty; send NDJSON or a JSON array.');
    },
  });
}

/** All of it is read before any is stored: an array is malformed as a whole. */
async function answerArray(
  body: Buffer,
  submitter: Submitter,
  reply: FastifyReply,
  limits: Limits,
): Promise<FastifyReply> {
  if (!isUtf8(body)) throw new MalformedJson('is not UTF-8');
  const items: Item[] = [];
  for (const value of elements(body.toString('utf8'))) {
    if (items.length === limits.batchItems) {
      throw new Problem(
        'too-large',
        `Send at most ${limits.batchItems} items, or NDJSON, which has no limit.`,
      );
    }
    items.push({ value });
    if (items.length % GROUP === 0) await nextTurn();
  }
  const answers: string[] = [];
  for (let from = 0; from < items.length; from += GROUP) {
    for (const answer of await submitItems(items.slice(from, from + GROUP), submitter)) {
      answers.push(JSON.stringify({ index: answers.length, ...answer }));
    }
  }
  return reply.type('application/json; charset=utf-8').send(`[${answers.join(',')}]`);
}

function answerLines(
  body: Readable,
  submitter: Submitter,
  request: FastifyRequest,
  reply: FastifyReply,
  limits: Limits,
  report: ReportError,
): FastifyReply {
  const minimal = preferences(request).minimal === true;
  if (minimal) reply.header('preference-applied', 'return=minimal');
  const answers = lineAnswers(lineGroups(body, limits.bodyBytes), submitter, minimal, (error) =>
    problemOf(error, request.id, report),
  );
  const stream = Readable.from(answers, { objectMode: false, highWaterMark: UNREAD_BYTES });
  return reply.type(NDJSON).send(stream);
}

async function* lineAnswers(
  groups: AsyncIterable<Line[]>,
  submitter: Submitter,
  minimal: boolean,
  problemOfError: (error: unknown) => Problem,
): AsyncGenerator<string> {
  const summary = { lines: 0, stored: 0, replayed: 0, failed: 0 };
  try {
    for await (const lines of groups) {
      const answers = await submitItems(lines.map(readLine), submitter);
      for (const answer of answers) count(summary, answer);
      const told = answers
        .map((answer, i) => [lines[i]!.number, answer] as const)
        .filter(([, { status }]) => !minimal || status !== 202);
      if (told.length > 0)
        yield told.map(([line, answer]) => `${JSON.stringify({ line, ...answer })}\n`).join('');
    }
    if (minimal) yield `${JSON.stringify({ summary })}\n`;
  } catch (error) {
    // The status line is long gone: what stopped the batch is its last line.
    if (!submitter.signal.aborted) yield `${JSON.stringify(failed(problemOfError(error)))}\n`;
  }
}

function readLine({ bytes }: Line): Item {
  if (bytes === null)
    return { problem: new Problem('too-large', 'The line is longer than one transaction may be.') };
  return readItem(() => parseJson(bytes));
}

function count(
  summary: { lines: number; stored: number; replayed: number; failed: number },
  answer: ItemAnswer,
): void {
  summary.lines++;
  if (!('transactionId' in answer)) summary.failed++;
  else if (answer.replayed === true) summary.replayed++;
  else summary.stored++;
}
