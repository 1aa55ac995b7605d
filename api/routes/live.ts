import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../app.ts';
import { tokenOf } from '../auth.ts';
import { clientSignal } from '../client-signal.ts';
import type { Limits } from '../limits.ts';
import { liveFrames } from '../live-frames.ts';
import { Problem, retryAfter } from '../problem.ts';
import { positionToken, problemAnswer } from '../schemas.ts';
import type { Services } from '../services.ts';

export function liveRoutes(app: App, services: Services, limits: Limits): void {
  const closing = new AbortController();
  app.addHook('preClose', (done) => {
    closing.abort();
    done();
  });
  let listeners = 0;

  app.route({
    method: 'GET',
    url: '/v1/live',
    config: { scope: 'read' },
    exposeHeadRoute: false,
    schema: {
      tags: ['live'],
      summary: 'Decisions and alerts as they happen',
      description:
        'Server-sent events; the id of each is its store position. Goes on after Last-Event-ID or ?after=, ' +
        'without a gap; without either, begins with what happens next.',
      querystring: z.strictObject({ after: positionToken.optional() }),
      response: {
        200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
        default: problemAnswer,
      },
    },
    handler: async (request, reply) => {
      if (listeners >= limits.liveListeners) {
        throw new Problem('too-many-listeners', `It has ${limits.liveListeners}.`, {}, retryAfter(5_000));
      }
      listeners++;
      reply.raw.once('close', () => listeners--);
      const signal = AbortSignal.any([closing.signal, clientSignal(reply)]);
      const from = lastSeen(request) ?? (await services.liveHead());
      const isAllowed = () => stillMayRead(services, request);
      sendFeed(reply, liveFrames(services, { from, heartbeatMs: limits.heartbeatMs, signal, isAllowed }));
      return reply;
    },
  });
}

function sendFeed(reply: FastifyReply, frames: AsyncIterable<string>): void {
  reply
    .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' })
    .type('text/event-stream; charset=utf-8')
    .send(Readable.from(frames, { objectMode: false }));
}

/** A reconnecting client knows better than its URL. */
function lastSeen(request: FastifyRequest): number | undefined {
  const header = request.headers['last-event-id'];
  const seen = header ?? (request.query as { after?: string }).after;
  if (seen === undefined) return undefined;
  const parsed = positionToken.safeParse(seen);
  if (parsed.success) return Number(parsed.data);
  throw new Problem('invalid-request', 'Last-Event-ID is not an id of this feed.', {
    errors: [{ field: 'Last-Event-ID', problem: 'must be an id of this feed, such as "1042"' }],
  });
}

function stillMayRead(services: Services, request: FastifyRequest): boolean {
  return services.authenticate(tokenOf(request) ?? '')?.scopes.includes('read') === true;
}
