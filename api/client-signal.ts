import type { FastifyReply } from 'fastify';

/** Aborts when the answer has been sent or its client is gone. */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
