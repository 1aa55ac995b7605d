import type { App } from '../app.ts';
import { reflect, token } from '../presentation.ts';
import { problemAnswer, statusAnswer } from '../schemas.ts';
import type { Services } from '../services.ts';

export function statusRoutes(app: App, services: Services): void {
  app.route({
    method: 'GET',
    url: '/v1/status',
    config: { scope: 'read' },
    schema: {
      tags: ['operating'],
      summary: 'Position and lag of every stage',
      response: { 200: statusAnswer, default: problemAnswer },
    },
    handler: async (_request, reply) => {
      const { version, head, sealed, ruleSet, stages } = await services.status();
      return {
        version,
        position: reflect(reply, head),
        sealed: token(sealed),
        ruleSet,
        stages: stages.map((stage) => ({ ...stage, position: token(stage.position) })),
      };
    },
  });
}
