import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

/** Every route there is: its pattern and methods. */
export type RouteTable = ReadonlyMap<string, ReadonlySet<string>>;

declare module 'fastify' {
  interface FastifyInstance {
    routeTable: RouteTable;
  }
}

/** Says what a path that no route took is worth: another method, or nothing. */
export function answerUnrouted(app: FastifyInstance): void {
  const table = new Map<string, Set<string>>();
  app.decorate('routeTable', table);
  app.addHook('onRoute', ({ url, method }) => {
    const methods = table.get(url) ?? new Set();
    table.set(url, methods);
    for (const each of [method].flat()) methods.add(each);
  });
  app.setNotFoundHandler((request) => {
    throw unrouted(request, table);
  });
}

function unrouted(request: FastifyRequest, table: RouteTable): Problem {
  const path = request.url.split('?', 1)[0]!;
  const allowed = [...table]
    .filter(([pattern]) => fits(path, pattern))
    .flatMap(([, methods]) => [...methods]);
  if (allowed.length === 0)
    return new Problem('not-found', 'No resource has this path. See /docs for those there are.');
  const allow = allowed.join(', ');
  return new Problem('method-not-allowed', `It has ${allow}.`, {}, { allow });
}

function fits(path: string, pattern: string): boolean {
  const parts = path.split('/');
  const wanted = pattern.split('/');
  return (
    parts.length === wanted.length &&
    wanted.every((part, i) => (part.startsWith(':') ? parts[i] !== '' : part === parts[i]))
  );
}
