import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './errors.ts';
import { Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    bodyDeadline: NodeJS.Timeout | null;
  }
}

/**
 * Ends requests whose body does not arrive in time: the server's own request timeout must leave room for
 * streamed batches. The deadline also runs for requests that were refused before their body was read.
 */
export function limitBodyTime(app: FastifyInstance, bodyMs: number): void {
  app.decorateRequest('bodyDeadline', null);
  app.addHook('onRequest', (request, reply, done) => {
    if (hasBody(request)) request.bodyDeadline = setTimeout(endSlow, bodyMs, request, reply).unref();
    done();
  });
  app.addHook('preValidation', (request, _reply, done) => {
    liftBodyDeadline(request);
    done();
  });
}

/** The body is here, or may take its time. */
export function liftBodyDeadline(request: FastifyRequest): void {
  if (request.bodyDeadline !== null) clearTimeout(request.bodyDeadline);
}

function hasBody({ headers }: FastifyRequest): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

function endSlow(request: FastifyRequest, reply: FastifyReply): void {
  if (request.raw.complete) return;
  if (reply.raw.headersSent) request.raw.destroy();
  else
    sendProblem(
      reply.header('connection', 'close'),
      new Problem('request-timeout', 'The body did not arrive in time.'),
    );
}
