import type { z } from 'zod';
import type { listAnswer, listChanged, listsAnswer } from '../../../api/list-answers.ts';
import { MOST_CHANGES } from '../../../domain/lists/list-limits.ts';
import { problemOf } from '../../client/api-client.ts';
import { textLines } from '../../files/text-lines.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { fileFault } from '../file-fault.ts';
import { wholeNumber } from '../number-option.ts';
import { type ServerCalls, type ServerOptions, serverOf } from '../server-address.ts';

type Changed = z.output<typeof listChanged>;
type Page = z.output<typeof listAnswer>;

const NDJSON = 'application/x-ndjson';

const pathOf = (name: string): string => `/v1/lists/${encodeURIComponent(name)}`;

/** Defines a list on a running server, or describes it anew. */
export async function listPut(
  name: string,
  options: ServerOptions & { of: string; description?: string },
): Promise<number> {
  const body = JSON.stringify({ of: options.of, description: options.description ?? null });
  return changing(options, 'operate', async (server) => {
    const answer = await server.call({ method: 'PUT', path: pathOf(name), body });
    process.stdout.write(changedText(JSON.parse(answer.body) as Changed));
    return EXIT.ok;
  });
}

export interface ListAddOptions extends ServerOptions {
  file?: string;
  expires?: string;
  note?: string;
}

/** Puts values on a list, from the command line or from a file of entries. */
export async function listAdd(
  name: string,
  values: readonly string[],
  { file, expires, note, ...options }: ListAddOptions,
): Promise<number> {
  if ((file === undefined) === (values.length === 0)) {
    throw new CommandFailed('name values, or a file of them with --file', EXIT.usage);
  }
  const entries = values.map((value) =>
    JSON.stringify({ value, expiresAt: expires ?? null, note: note ?? null }),
  );
  if (file !== undefined && (expires ?? note) !== undefined) {
    throw new CommandFailed(
      '--expires and --note are for values of the command line: a file says them by line',
      EXIT.usage,
    );
  }
  const groups = file === undefined ? groupsOf(entries) : groupsIn(file);
  return changing(options, 'work', (server) => sendGroups(server, name, groups));
}

/** Takes values off a list, or those that expired before a time. */
export async function listRemove(
  name: string,
  values: readonly string[],
  { expiredBefore, ...options }: ServerOptions & { expiredBefore?: string },
): Promise<number> {
  if ((expiredBefore === undefined) === (values.length === 0)) {
    throw new CommandFailed('name values, or a time with --expired-before', EXIT.usage);
  }
  const path = `${pathOf(name)}/removals`;
  return changing(options, 'work', async (server) => {
    if (expiredBefore !== undefined) return removeExpired(server, path, expiredBefore);
    for (const group of chunks(values)) {
      const answer = await server.call({ method: 'POST', path, body: JSON.stringify(group) }, [400, 404]);
      if (answer.status >= 400) return told(problemOf(answer));
      process.stdout.write(changedText(JSON.parse(answer.body) as Changed));
    }
    return EXIT.ok;
  });
}

async function removeExpired(server: ServerCalls, path: string, expiredBefore: string): Promise<number> {
  for (;;) {
    const answer = await server.call(
      { method: 'POST', path, body: JSON.stringify({ expiredBefore }) },
      [400, 404],
    );
    if (answer.status >= 400) return told(problemOf(answer));
    const changed = JSON.parse(answer.body) as Changed;
    process.stdout.write(changedText(changed));
    if (changed.removed < MOST_CHANGES) return EXIT.ok;
  }
}

export interface ListShowOptions extends ServerOptions {
  value?: string;
  at?: string;
  json: boolean;
}

/** Every list, or one with its entries: as it is, or as it was. */
export async function listShow(name: string | undefined, options: ListShowOptions): Promise<number> {
  const server = serverOf(options, 'read');
  try {
    return name === undefined ? await showAll(server, options.json) : await showOne(server, name, options);
  } finally {
    server.client.close();
  }
}

async function showAll(server: ServerCalls, asJson: boolean): Promise<number> {
  const { body } = await server.call({ method: 'GET', path: '/v1/lists' });
  const { lists } = JSON.parse(body) as z.output<typeof listsAnswer>;
  const lines = lists.map(
    ({ name, of, entries, version }) => `${name}: ${entries} of ${of}, version ${version}\n`,
  );
  process.stdout.write(asJson ? `${body}\n` : lines.join('') || 'no list was defined yet\n');
  return EXIT.ok;
}

async function showOne(
  server: ServerCalls,
  name: string,
  { value, at, json }: ListShowOptions,
): Promise<number> {
  const asked = new URLSearchParams({ limit: '500' });
  if (value !== undefined) asked.set('value', value);
  if (at !== undefined) asked.set('at', String(wholeNumber('--at', at, 0, Number.MAX_SAFE_INTEGER)));
  let shown = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    if (cursor !== '') asked.set('cursor', cursor);
    const answer = await server.call({ method: 'GET', path: `${pathOf(name)}?${asked}` }, [400, 404]);
    if (answer.status >= 400) return told(problemOf(answer));
    const page = JSON.parse(answer.body) as Page;
    if (shown === 0 && !json) process.stdout.write(headText(page));
    // As add --file takes them.
    const lines = page.entries.map((entry) => (json ? JSON.stringify(entryLine(entry)) : entryText(entry)));
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    shown += lines.length;
    cursor = page.nextCursor;
  }
  return value !== undefined && shown === 0 ? EXIT.no : EXIT.ok;
}

const entryLine = ({ value, expiresAt, note }: Page['entries'][number]) => ({ value, expiresAt, note });

function headText({ list }: Page): string {
  const { name, of, description, version, entries, changedBy, changedAt } = list;
  const what = description === null ? '' : `${description}\n`;
  return `${name}: ${entries} of ${of}, version ${version} by ${changedBy} at ${changedAt}\n${what}`;
}

function entryText({ value, expiresAt, note, by, at }: Page['entries'][number]): string {
  const expiry = expiresAt === null ? '' : `, until ${expiresAt}`;
  return `  ${value}  by ${by} at ${at}${expiry}${note === null ? '' : `: ${note}`}`;
}

async function changing(
  options: ServerOptions,
  scope: 'work' | 'operate',
  work: (server: ServerCalls) => Promise<number>,
): Promise<number> {
  const server = serverOf(options, scope);
  try {
    return await work(server);
  } finally {
    server.client.close();
  }
}

/** A group is put on the list whole or not at all; the first that is refused ends it. */
async function sendGroups(
  server: ServerCalls,
  name: string,
  groups: AsyncIterable<Group> | Iterable<Group>,
): Promise<number> {
  for await (const { lines, from } of groups) {
    const request = { method: 'POST', path: `${pathOf(name)}/entries`, contentType: NDJSON } as const;
    const answer = await server.call({ ...request, body: lines.join('\n') }, [400, 404, 409]);
    if (answer.status >= 400) {
      const before = from === 0 ? '' : `; ${from} lines before were put on it`;
      return told(
        `of lines ${from + 1} to ${from + lines.length}, [0] being the first: ${problemOf(answer)}${before}`,
      );
    }
    process.stdout.write(changedText(JSON.parse(answer.body) as Changed));
  }
  return EXIT.ok;
}

interface Group {
  lines: readonly string[];
  /** Lines before it. */
  from: number;
}

const chunks = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / MOST_CHANGES) }, (_, i) =>
    items.slice(i * MOST_CHANGES, (i + 1) * MOST_CHANGES),
  );

const groupsOf = (lines: readonly string[]): Group[] =>
  chunks(lines).map((group, i) => ({ lines: group, from: i * MOST_CHANGES }));

async function* groupsIn(file: string): AsyncGenerator<Group> {
  const source = await textLines(file).catch((error: Error) => {
    throw new CommandFailed(fileFault(`--file ${file}`, error), EXIT.usage);
  });
  let waiting: string[] = [];
  let from = 0;
  for await (const { lines } of source.blocks) {
    waiting.push(...lines.filter((line) => line.trim() !== ''));
    while (waiting.length >= MOST_CHANGES) {
      yield { lines: waiting.slice(0, MOST_CHANGES), from };
      waiting = waiting.slice(MOST_CHANGES);
      from += MOST_CHANGES;
    }
  }
  if (waiting.length > 0) yield { lines: waiting, from };
}

function changedText({ name, version, position, added, removed }: Changed): string {
  return `${name} version ${version}: ${added} added, ${removed} removed; seen after position ${position}\n`;
}

function told(problem: string): number {
  process.stderr.write(`shrike: ${problem}\n`);
  return EXIT.no;
}
