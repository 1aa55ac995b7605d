import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseOccurredAt } from '../../domain/occurred-at.ts';
import { afterQuery, reached } from '../after.ts';
import type { App } from '../app.ts';
import { oneMore, pageOf, pageQuery, splitPage } from '../cursor.ts';
import { alertTag, presentAlert, reflect } from '../presentation.ts';
import { Problem } from '../problem.ts';
import { alertAnswer, alertsAnswer, identifier, problemAnswer } from '../schemas.ts';
import type { Services } from '../services.ts';

const instant = z.string().transform((text, context) => {
  const parsed = parseOccurredAt(text);
  if (typeof parsed === 'number') return parsed;
  context.addIssue({ code: 'custom', message: parsed });
  return z.NEVER;
});

const filterQuery = {
  state: z.enum(['open', 'claimed', 'closed']).optional(),
  decision: z.enum(['review', 'decline']).optional(),
  minScore: z.coerce.number().min(0).max(100).optional(),
  account: identifier.optional().describe('An accountId'),
  reason: z.string().min(1).max(128).optional().describe('A reason code among those of the alert'),
  assignee: z.string().min(1).max(128).optional(),
  from: instant.optional().describe('Occurred at or after this RFC 3339 time'),
  to: instant.optional().describe('Occurred before this RFC 3339 time'),
};

const params = z.object({ alertId: identifier });

export function alertRoutes(app: App, services: Services): void {
  app.route({
    method: 'GET',
    url: '/v1/alerts',
    config: { scope: 'read' },
    schema: {
      tags: ['alerts'],
      summary: 'Alerts, oldest first',
      description: 'Pages neither skip nor repeat while alerts arrive.',
      querystring: z.strictObject({ ...afterQuery, ...pageQuery, ...filterQuery }),
      response: { 200: alertsAnswer, default: problemAnswer },
    },
    handler: async (request, reply) => {
      await reached(services, 'alerts', request, request.query.after);
      const {
        state,
        decision,
        minScore,
        account: accountId,
        reason,
        assignee,
        from: fromMs,
        to: toMs,
      } = request.query;
      const page = pageOf(request.query, 'oldest');
      const filter = { state, decision, minScore, accountId, reason, assignee, fromMs, toMs };
      const { asOf, value } = await services.alerts(filter, oneMore(page));
      const { items, nextCursor } = splitPage(value, page, (each) => each.position);
      return { alerts: items.map(presentAlert), nextCursor, asOf: reflect(reply, asOf) };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/alerts/:alertId',
    config: { scope: 'read' },
    schema: {
      tags: ['alerts'],
      summary: 'An alert, why it was raised, and what was done about it',
      description: 'By the id of a suspicion that another alert gathered, it is that alert.',
      params,
      querystring: z.strictObject(afterQuery),
      response: { 200: alertAnswer, default: problemAnswer },
    },
    handler: async (
      request: FastifyRequest<{ Params: z.output<typeof params>; Querystring: { after?: string } }>,
      reply,
    ) => {
      await reached(services, 'alerts', request, request.query.after);
      const { asOf, value } = await services.alert(request.params.alertId);
      const at = reflect(reply, asOf);
      if (value === undefined) throw new Problem('not-found', 'No alert has this id.', { asOf: at });
      return sendAlert(reply, { ...presentAlert(value), asOf: at });
    },
  });
}

/** With the ETag that a command may be made conditional on. */
function sendAlert<T extends Parameters<typeof alertTag>[0]>(reply: FastifyReply, alert: T): T {
  reply.header('etag', alertTag(alert));
  return alert;
}
