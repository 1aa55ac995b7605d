import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { Problem } from './problem.ts';
import type { ApiKey, Scope, Services } from './services.ts';

/** Who may use a route: of several scopes, one is enough. Every route says it; `public` is for what needs no key. */
export type RouteScope = Scope | readonly Scope[] | 'public' | ((request: FastifyRequest) => Scope);

declare module 'fastify' {
  interface FastifyContextConfig {
    scope?: RouteScope;
  }
  interface FastifyRequest {
    key: ApiKey | null;
  }
}

/**
 * Asks for a key before anything else of a request is looked at. A route without a declared scope makes the
 * server refuse to start; a path without a route is only told to those who have a key.
 */
export function requireKeys(app: FastifyInstance, authenticate: Services['authenticate']): void {
  app.decorateRequest('key', null);
  app.addHook('onRoute', refuseUndeclared);
  app.addHook('onRequest', (request, _reply, done) => {
    done(refusal(request, authenticate));
  });
}

function refuseUndeclared(route: RouteOptions): void {
  if (route.config?.scope !== undefined) return;
  throw new Error(`${String(route.method)} ${route.url} declares no scope: every route denies by default`);
}

/** Notes the key in the request. @returns why the request may not go on, if it may not */
export function refusal(
  request: FastifyRequest,
  authenticate: Services['authenticate'],
): Problem | undefined {
  const scope = request.routeOptions.config.scope;
  if (scope === 'public') return undefined;
  const token = tokenOf(request);
  if (token === undefined) return unauthenticated('Send an API key as "Authorization: Bearer shk_...".');
  const key = authenticate(token);
  if (key === undefined) return unauthenticated('The API key is unknown, malformed or revoked.');
  request.key = key;
  const needed = [typeof scope === 'function' ? scope(request) : scope].flat();
  if (needed.some((each) => each === undefined || key.scopes.includes(each))) return undefined;
  const neededScope = needed.join(' or ');
  return new Problem(
    'forbidden',
    `The key ${key.id} does not have the scope ${neededScope}, which this needs.`,
    { neededScope },
  );
}

/** The token a request bears, whatever it is worth. */
export function tokenOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  const key = request.headers['x-api-key'];
  return typeof key === 'string' ? key : undefined;
}

/** The key of a request on a route that needs one. */
export function keyOf(request: FastifyRequest): ApiKey {
  if (request.key === null)
    throw new Error(`${request.method} ${request.routeOptions.url} is used without a key`);
  return request.key;
}

function unauthenticated(detail: string): Problem {
  return new Problem('unauthenticated', detail, {}, { 'www-authenticate': 'Bearer realm="shrike"' });
}
