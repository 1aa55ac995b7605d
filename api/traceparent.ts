import type { FastifyRequest } from 'fastify';

/** The W3C trace context a request bears; one that is malformed is no trace context. */
export function traceparent(request: FastifyRequest): string | undefined {
  const header = request.headers.traceparent;
  return typeof header === 'string' && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(header)
    ? header
    : undefined;
}
