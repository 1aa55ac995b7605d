import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../app.ts';
import { keyOf } from '../auth.ts';
import { alertTag, presentAlert } from '../presentation.ts';
import { Problem, retryAfter } from '../problem.ts';
import { alert, identifier, problemAnswer } from '../schemas.ts';
import type { AlertAnswer, AlertCommand, AlertSeen, Services } from '../services.ts';

const analyst = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .optional()
  .describe('Who; the name of the key where absent');
const text = z.string().trim().min(1).max(4000);

const bodies = {
  claim: z.strictObject({ analyst }).nullish(),
  release: z.strictObject({ analyst }).nullish(),
  notes: z.strictObject({ analyst, text }),
  close: z.strictObject({
    analyst,
    disposition: z.enum(['fraud', 'genuine', 'unclear']),
    text: text.optional(),
  }),
};

type Bodies = { [name in keyof typeof bodies]: z.output<(typeof bodies)[name]> };

/** What analysts do to an alert: each a fact in its stream. */
export function alertCommandRoutes(app: App, services: Services): void {
  command(app, services, 'claim', 'Take an alert to work on it', (_body, by) => ({ type: 'claim', by }));
  command(app, services, 'release', 'Give an alert back', (_body, by) => ({ type: 'release', by }));
  command(app, services, 'notes', 'Note something about an alert', (body, by) => ({
    type: 'note',
    by,
    text: body.text,
  }));
  command(app, services, 'close', 'Close an alert with what it turned out to be', (body, by) => ({
    type: 'close',
    by,
    disposition: body.disposition,
    text: body.text ?? null,
  }));
}

function command<Name extends keyof Bodies>(
  app: App,
  services: Services,
  name: Name,
  summary: string,
  commandOf: (body: Bodies[Name], by: string) => AlertCommand,
): void {
  app.route({
    method: 'POST',
    url: `/v1/alerts/:alertId/${name}`,
    config: { scope: 'work' },
    schema: {
      tags: ['alerts'],
      summary,
      description:
        'With If-Match (the ETag of the alert) it is refused with 412 and the alert as it now is where someone else ' +
        'was first, and a close is said of the suspicions that ETag has seen; a state that does not allow it is ' +
        'refused with 409, and so is a suspicion that another alert gathered.',
      params: z.object({ alertId: identifier }),
      headers: z.object({ 'if-match': z.string().optional() }),
      body: bodies[name] as z.ZodType<Bodies[Name]>,
      response: { 200: alert, default: problemAnswer },
    },
    handler: async (request, reply) => {
      const body = request.body as Bodies[Name];
      const by = body?.analyst ?? keyOf(request).name;
      const { alertId } = request.params as { alertId: string };
      return settle(await services.alertCommand(alertId, commandOf(body, by), seenOf(request)), reply);
    },
  });
}

function settle(answer: AlertAnswer, reply: FastifyReply) {
  switch (answer.kind) {
    case 'done':
      reply.header('etag', alertTag(answer.alert));
      return presentAlert(answer.alert);
    case 'changed':
      throw refused(
        'alert-changed',
        'Someone else was first; see current for how the alert is now.',
        answer.current,
      );
    case 'conflict':
      throw refused('alert-conflict', answer.message, answer.current);
    case 'gathered': {
      const { alertId } = answer.current.suspected;
      const detail = `Alert ${alertId} gathered this suspicion; work that one, which is current.`;
      throw refused('alert-gathered', detail, answer.current);
    }
    case 'behind':
      throw new Problem(
        'view-behind',
        'Which alert gathers this suspicion is not known yet.',
        {},
        retryAfter(1_000),
      );
    case 'unknown':
      throw new Problem('not-found', 'No alert has this id.');
  }
}

function refused(
  type: 'alert-changed' | 'alert-conflict' | 'alert-gathered',
  detail: string,
  current: Parameters<typeof presentAlert>[0],
) {
  return new Problem(type, detail, { current: presentAlert(current) }, { etag: alertTag(current) });
}

/** What of the alert a command is conditional on. */
function seenOf(request: FastifyRequest): AlertSeen | undefined {
  const condition = request.headers['if-match'];
  if (condition === undefined || condition === '*') return undefined;
  const found = /^"(\d{1,16})(?:-(\d{1,6}))?"$/.exec(condition);
  if (found !== null) return { revision: Number(found[1]), suspicionCount: Number(found[2] ?? 1) };
  const problem = 'must be the ETag of the alert, such as "3" with its quotes';
  throw new Problem('invalid-request', `If-Match ${problem}.`, { errors: [{ field: 'If-Match', problem }] });
}
