import { z } from 'zod';
import { afterQuery, reached } from '../after.ts';
import type { App } from '../app.ts';
import { oneMore, pageOf, pageQuery, splitPage } from '../cursor.ts';
import { presentDecision, presentTransaction, reflect } from '../presentation.ts';
import { Problem } from '../problem.ts';
import { accountAnswer, identifier, problemAnswer, transactionsAnswer } from '../schemas.ts';
import type { Services } from '../services.ts';

const params = z.object({ accountId: identifier });

export function accountRoutes(app: App, services: Services): void {
  app.route({
    method: 'GET',
    url: '/v1/accounts/:accountId',
    config: { scope: 'read' },
    schema: {
      tags: ['accounts'],
      summary: 'The current risk of an account, and its windows as of its last transaction',
      params,
      querystring: z.strictObject(afterQuery),
      response: { 200: accountAnswer, default: problemAnswer },
    },
    handler: async (request, reply) => {
      await reached(services, 'transactions', request, request.query.after);
      const { asOf, value } = await services.account(request.params.accountId);
      const at = reflect(reply, asOf);
      if (value === undefined)
        throw new Problem('not-found', 'No decided transaction is of this account.', { asOf: at });
      const { accountId, revision, latest } = value;
      return { accountId, revision, ...presentDecision(latest), asOf: at };
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/accounts/:accountId/transactions',
    config: { scope: 'read' },
    schema: {
      tags: ['accounts'],
      summary: 'The transactions of an account in their order, newest first',
      params,
      querystring: z.strictObject({ ...afterQuery, ...pageQuery }),
      response: { 200: transactionsAnswer, default: problemAnswer },
    },
    handler: async (request, reply) => {
      await reached(services, 'transactions', request, request.query.after);
      const page = pageOf(request.query, 'newest');
      const { asOf, value } = await services.accountTransactions(request.params.accountId, oneMore(page));
      const { items, nextCursor } = splitPage(value, page, (each) => each.stored.revision);
      return { transactions: items.map(presentTransaction), nextCursor, asOf: reflect(reply, asOf) };
    },
  });
}
