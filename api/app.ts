import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifySchemaCompiler, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { fieldProblems } from '../domain/door/field-problems.ts';
import { Problem } from './problem.ts';

/** The server as route modules see it. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Checks a part of the request by its zod schema, and says what would be right. */
export const checkRequest: FastifySchemaCompiler<unknown> = (route) => {
  const schema = route.schema as z.ZodType;
  const root = PARTS[route.httpPart ?? ''] ?? 'request';
  const known = 'shape' in schema ? Object.keys(schema.shape as object) : [];
  return (data) => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    const errors = fieldProblems(result.error, data, { root, known });
    return { error: new Problem('invalid-request', sentence(errors), { errors }) };
  };
};

/** What to call the parts of a request. */
const PARTS: Record<string, string> = {
  body: 'body',
  params: 'path',
  querystring: 'query',
  headers: 'headers',
};

/** For bodies whose own reader checks them: the schema is only documentation. */
export const checkedElsewhere: FastifySchemaCompiler<unknown> = () => (data) => ({ value: data });

/** The first problem as a sentence, and how many more there are. */
export function sentence(problems: readonly { field: string; problem: string }[]): string {
  const [first, ...more] = problems;
  if (first === undefined) return 'It has no valid content.';
  return `${first.field} ${first.problem}${more.length === 0 ? '' : `, and ${more.length} more`}.`;
}
