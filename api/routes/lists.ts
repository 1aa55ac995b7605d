import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { listEntrySchema } from '../../domain/door/parse-list-entries.ts';
import { LIST_NAME, LIST_NAME_RULE } from '../../domain/lists/list-name.ts';
import { occurredAtMs } from '../../domain/occurred-at.ts';
import { instant } from '../../domain/transaction.ts';
import { afterQuery, reached } from '../after.ts';
import { type App, checkedElsewhere, checkRequest } from '../app.ts';
import { keyOf } from '../auth.ts';
import { oneMore, pageOf, pageQuery, splitPage } from '../cursor.ts';
import { MalformedJson, parseJson } from '../json.ts';
import type { Limits } from '../limits.ts';
import { listAnswer, listChanged, listsAnswer, presentEntry, presentList } from '../list-answers.ts';
import { reflect, token } from '../presentation.ts';
import { Problem } from '../problem.ts';
import { positionToken, problemAnswer } from '../schemas.ts';
import type { ListAnswer, ListCommand, Scope, Services } from '../services.ts';

const NDJSON = 'application/x-ndjson';
const NEWLINE = 10;

/** Who works alerts blocks what they find; who operates may do it, too. */
const WHO: readonly Scope[] = ['work', 'operate'];

const name = z.string().regex(LIST_NAME, LIST_NAME_RULE);
const named = z.object({ name });

const FROM_ITS_POSITION =
  'Transactions that are stored after the position of the answer see it, and none before. Said again, it changes nothing.';

/** Runs in a scope of its own: it also takes NDJSON. */
export function listRoutes(app: App, services: Services, limits: Limits): void {
  app.addContentTypeParser(NDJSON, { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, readLines(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  readRoutes(app, services);
  defineRoute(app, services);
  addRoute(app, services, limits);
  removeRoutes(app, services, limits);
}

function readRoutes(app: App, services: Services): void {
  app.route({
    method: 'GET',
    url: '/v1/lists',
    config: { scope: 'read' },
    schema: {
      tags: ['lists'],
      summary: 'Every list as it is, by name',
      querystring: z.strictObject(afterQuery),
      response: { 200: listsAnswer, default: problemAnswer },
    },
    handler: async (request, reply) => {
      await reached(services, 'lists', request, request.query.after);
      const { asOf, value } = await services.lists();
      return { lists: value.map(presentList), asOf: reflect(reply, asOf) };
    },
  });

  const query = {
    value: z.string().min(1).max(256).optional().describe('Only the entry of this value'),
    at: positionToken
      .optional()
      .describe(
        'The list as a transaction saw it that stands at the position after this one; waits for it, too',
      ),
  };
  app.route({
    method: 'GET',
    url: '/v1/lists/:name',
    config: { scope: 'read' },
    schema: {
      tags: ['lists'],
      summary: 'A list and its entries, in the order in which they came on it',
      description:
        'Entries that expired are among them until they are removed: what comes late may still see them.',
      params: named,
      querystring: z.strictObject({ ...afterQuery, ...pageQuery, ...query }),
      response: { 200: listAnswer, default: problemAnswer },
    },
    handler: async (request, reply) => {
      const { value, at, after, ...asked } = request.query;
      await reached(services, 'lists', request, after);
      await reached(services, 'lists', request, at);
      const position = at === undefined ? undefined : Number(at);
      const list = await services.list(request.params.name, position);
      const reflected = reflect(reply, list.asOf);
      if (list.value === undefined) throw noList(request.params.name, at);
      const page = pageOf(asked, 'oldest');
      const filter = { value, at: position };
      const found = await services.listEntries(request.params.name, filter, oneMore(page));
      const { items, nextCursor } = splitPage(found.value, page, ({ number }) => number);
      return { list: presentList(list.value), entries: items.map(presentEntry), nextCursor, asOf: reflected };
    },
  });
}

function defineRoute(app: App, services: Services): void {
  app.route({
    method: 'PUT',
    url: '/v1/lists/:name',
    config: { scope: 'operate' },
    schema: {
      tags: ['lists'],
      summary: 'Define a list, or describe it anew',
      description:
        'What it is of cannot change, and a list is never removed: rule sets that name it stay whole.',
      params: named,
      body: z.strictObject({
        of: z.string().describe('The field whose values it holds, or an attribute of text of your own'),
        description: z.string().min(1).max(2_000).nullable().optional(),
      }),
      response: { 200: listChanged, default: problemAnswer },
    },
    handler: async (request) => {
      const { of, description = null } = request.body;
      const answer = await services.defineList({ ...request.params, of, description }, keyOf(request).name);
      return answered(request.params.name, answer);
    },
  });
}

function addRoute(app: App, services: Services, limits: Limits): void {
  app.route({
    method: 'POST',
    url: '/v1/lists/:name/entries',
    config: { scope: WHO },
    bodyLimit: limits.listBytes,
    schema: {
      tags: ['lists'],
      summary: 'Put values on a list, or say anew when they expire',
      description: `One entry, an array, or NDJSON, 1,000 at most: all of them, or none where one is at fault. ${FROM_ITS_POSITION}`,
      consumes: ['application/json', NDJSON],
      params: named,
      body: z.union([listEntrySchema, z.array(listEntrySchema)]),
      response: { 200: listChanged, default: problemAnswer },
    },
    validatorCompiler: bodyCheckedElsewhere,
    handler: async (request) => change(services, request, { type: 'add', entries: itemsOf(request.body) }),
  });
}

function removeRoutes(app: App, services: Services, limits: Limits): void {
  app.route({
    method: 'DELETE',
    url: '/v1/lists/:name/entries/:value',
    config: { scope: WHO },
    schema: {
      tags: ['lists'],
      summary: 'Take a value off a list',
      description: FROM_ITS_POSITION,
      params: z.object({ name, value: z.string().min(1).max(256) }),
      response: { 200: listChanged, default: problemAnswer },
    },
    handler: async (request) => {
      return change(services, request, { type: 'remove', values: [request.params.value] });
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/lists/:name/removals',
    config: { scope: WHO },
    bodyLimit: limits.listBytes,
    schema: {
      tags: ['lists'],
      summary: 'Take values off a list: those named, or those that expired',
      description: `An array of values, 1,000 at most; or the time before which they expired, of which 1,000 are removed at once: ask again until none is. ${FROM_ITS_POSITION}`,
      consumes: ['application/json', NDJSON],
      params: named,
      body: z.union([z.array(z.string()), z.strictObject({ expiredBefore: instant })]),
      response: { 200: listChanged, default: problemAnswer },
    },
    validatorCompiler: bodyCheckedElsewhere,
    handler: async (request) => change(services, request, removalOf(request.body)),
  });
}

/** By what the list is of. */
const bodyCheckedElsewhere: typeof checkRequest = (route) =>
  (route.httpPart === 'body' ? checkedElsewhere : checkRequest)(route);

const expiredBefore = z.strictObject({ expiredBefore: instant });

function removalOf(body: unknown): ListCommand {
  if (Array.isArray(body)) return { type: 'remove', values: body };
  const parsed = expiredBefore.safeParse(body);
  if (parsed.success) return { type: 'removeExpired', beforeMs: occurredAtMs(parsed.data.expiredBefore) };
  const problem = 'must be an array of values, or {"expiredBefore": a time by RFC 3339}';
  throw new Problem('invalid-request', `The body ${problem}.`, { errors: [{ field: 'body', problem }] });
}

function itemsOf(body: unknown): readonly unknown[] {
  if (body === undefined) {
    throw new Problem('malformed-json', 'The body is empty; send an entry, an array of them, or NDJSON.');
  }
  return Array.isArray(body) ? body : [body];
}

/** @throws MalformedJson with the line */
function readLines(body: Buffer): unknown[] {
  const values: unknown[] = [];
  for (let from = 0, line = 1; from < body.length; line++) {
    const end = body.indexOf(NEWLINE, from);
    const bytes = body.subarray(from, end === -1 ? body.length : end);
    from += bytes.length + 1;
    if (bytes.toString('latin1').trim() === '') continue;
    try {
      values.push(parseJson(bytes));
    } catch (error) {
      if (!(error instanceof MalformedJson)) throw error;
      throw new MalformedJson(`in line ${line} ${error.message}`);
    }
  }
  return values;
}

async function change(services: Services, request: FastifyRequest, command: ListCommand) {
  const list = (request.params as z.output<typeof named>).name;
  return answered(list, await services.changeList(list, command, keyOf(request).name));
}

function answered(list: string, answer: ListAnswer): z.output<typeof listChanged> {
  switch (answer.kind) {
    case 'done': {
      const { version, position, added, removed } = answer;
      return { name: list, version, position: token(position), added, removed };
    }
    case 'refused': {
      const { problems: errors } = answer;
      const detail = errors.map(({ field, problem }) => `${field} ${problem}`).join('; ');
      throw new Problem('invalid-request', `${detail}.`, { errors });
    }
    case 'conflict':
      throw new Problem('list-conflict', answer.detail);
    case 'unknown':
      throw noList(list, undefined);
  }
}

function noList(list: string, at: string | undefined): Problem {
  if (at !== undefined) return new Problem('not-found', `No list ${list} was defined by position ${at}.`);
  return new Problem('not-found', `No list has the name ${list}: PUT /v1/lists/${list} defines it.`);
}
