import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type { Limits } from '../limits.ts';
import { buildServer } from '../server.ts';
import { type FakeServices, fakeServices, TOKENS } from './fake-services.ts';

export interface TestServer {
  app: FastifyInstance;
  services: FakeServices;
  /** What was reported as unexpected. */
  reported: unknown[];
  /** A request with the key of every scope, unless it brings its own headers. */
  ask(options: InjectOptions): Promise<Answer>;
}

export interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape
  body: any;
}

export function testServer(limits: Partial<Limits> = {}): TestServer {
  const services = fakeServices();
  const reported: unknown[] = [];
  const app = buildServer(services, { version: '0.0.0', report: (error) => reported.push(error), limits });
  const ask = async (options: InjectOptions): Promise<Answer> => {
    const answer = await app.inject({
      ...options,
      headers: { authorization: `Bearer ${TOKENS.all}`, ...options.headers },
    });
    const isJson =
      String(answer.headers['content-type']).includes('json') &&
      !String(answer.headers['content-type']).includes('ndjson');
    const body = isJson && answer.body !== '' ? JSON.parse(answer.body) : undefined;
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, body };
  };
  return { app, services, reported, ask };
}

let count = 0;

/** A good transaction; each has an id of its own. */
export function payment(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    transactionId: `t-${++count}`,
    accountId: 'acc-1',
    amountMinor: 1250,
    currency: 'EUR',
    occurredAt: '2026-03-01T11:59:00Z',
    ...fields,
  };
}
