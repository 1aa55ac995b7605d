import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type App, checkedElsewhere, checkRequest } from '../app.ts';
import { liftBodyDeadline } from '../body-deadline.ts';
import { clientSignal } from '../client-signal.ts';
import { problemOf, type ReportError } from '../errors.ts';
import { MalformedJson, parseJson } from '../json.ts';
import type { Limits } from '../limits.ts';
import { preferences } from '../prefer.ts';
import { Problem } from '../problem.ts';
import { batchItem, problemAnswer } from '../schemas.ts';
import { elements } from './elements.ts';
import { failed, type Item, type ItemAnswer, readItem } from './items.ts';
import { type Line, lineGroups } from './lines.ts';

const NDJSON = 'application/x-ndjson';
/** Items of an array that are read or answered without letting others have a turn. */
const GROUP = 250;
/** Answers held for a client that does not read yet: many send everything before they read anything. */
const UNREAD_BYTES = 4 * 1024 * 1024;

/** Bodies of batches: NDJSON as it arrives, arrays as a whole. For a scope of its own. */
export function readBatches(app: App, limits: Limits): void {
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
}

/** What every batch takes and gives, of items of this shape. */
export const batchSchema = <Item extends z.ZodType>(item: Item) => ({
  body: z.array(item),
  consumes: ['application/json', NDJSON],
  response: {
    200: {
      description: 'An answer for each item',
      content: { 'application/json': { schema: z.array(batchItem) }, [NDJSON]: { schema: batchItem } },
    },
    default: problemAnswer,
  },
});

/** Items are checked one by one, elsewhere. */
export const checkedByItem: typeof checkRequest = (route) =>
  (route.httpPart === 'body' ? checkedElsewhere : checkRequest)(route);

/** Answers items in their order, each for itself. */
export type AnswerItems = (items: readonly Item[]) => Promise<ItemAnswer[]>;

/** Answers an array by an array, lines by lines. */
export async function answerBatch(
  request: FastifyRequest,
  reply: FastifyReply,
  answerItems: AnswerItems,
  limits: Limits,
  report: ReportError,
): Promise<FastifyReply> {
  const body: unknown = request.body;
  if (Buffer.isBuffer(body)) return answerArray(body, answerItems, reply, limits);
  if (body instanceof Readable) return answerLines(body, answerItems, request, reply, limits, report);
  throw new Problem('malformed-json', 'The body is empty; send NDJSON or a JSON array.');
}

/** All of it is read before any is stored: an array is malformed as a whole. */
async function answerArray(
  body: Buffer,
  answerItems: AnswerItems,
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
    for (const answer of await answerItems(items.slice(from, from + GROUP))) {
      answers.push(JSON.stringify({ index: answers.length, ...answer }));
    }
  }
  return reply.type('application/json; charset=utf-8').send(`[${answers.join(',')}]`);
}

function answerLines(
  body: Readable,
  answerItems: AnswerItems,
  request: FastifyRequest,
  reply: FastifyReply,
  limits: Limits,
  report: ReportError,
): FastifyReply {
  const minimal = preferences(request).minimal === true;
  if (minimal) reply.header('preference-applied', 'return=minimal');
  const answers = lineAnswers(
    lineGroups(body, limits.bodyBytes),
    answerItems,
    clientSignal(reply),
    minimal,
    (error) => problemOf(error, request.id, report),
  );
  const stream = Readable.from(answers, { objectMode: false, highWaterMark: UNREAD_BYTES });
  return reply.type(NDJSON).send(stream);
}

async function* lineAnswers(
  groups: AsyncIterable<Line[]>,
  answerItems: AnswerItems,
  signal: AbortSignal,
  minimal: boolean,
  problemOfError: (error: unknown) => Problem,
): AsyncGenerator<string> {
  const summary = { lines: 0, stored: 0, replayed: 0, failed: 0 };
  try {
    for await (const lines of groups) {
      const answers = await answerItems(lines.map(readLine));
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
    if (!signal.aborted) yield `${JSON.stringify(failed(problemOfError(error)))}\n`;
  }
}

function readLine({ bytes }: Line): Item {
  if (bytes === null)
    return { problem: new Problem('too-large', 'The line is longer than one item may be.') };
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
