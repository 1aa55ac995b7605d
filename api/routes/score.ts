import { transactionSchema } from '../../domain/transaction.ts';
import { type App, checkedElsewhere, sentence } from '../app.ts';
import { presentDecision } from '../presentation.ts';
import { Problem } from '../problem.ts';
import { problemAnswer, scoreAnswer } from '../schemas.ts';
import type { Services } from '../services.ts';

export function scoreRoutes(app: App, services: Services): void {
  app.route({
    method: 'POST',
    url: '/v1/score',
    config: { scope: 'submit' },
    schema: {
      tags: ['transactions'],
      summary: 'What would be said of a transaction',
      description: 'Scores it as the next of its account, by the rule set in force. Stores nothing.',
      body: transactionSchema,
      response: { 200: scoreAnswer, default: problemAnswer },
    },
    validatorCompiler: checkedElsewhere,
    handler: async (request) => {
      if (request.body === undefined)
        throw new Problem('malformed-json', 'The body is empty; send a JSON object.');
      const answer = await services.score(request.body);
      if (answer.kind === 'refused') {
        throw new Problem('invalid-transaction', sentence(answer.problems), { errors: answer.problems });
      }
      const { transactionId, accountId, revision } = answer.decision;
      return { transactionId, accountId, revision, ...presentDecision(answer.decision) };
    },
  });
}
