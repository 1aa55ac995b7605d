import { z } from 'zod';
import type { App } from '../app.ts';
import { Problem, retryAfter } from '../problem.ts';
import { problemAnswer } from '../schemas.ts';
import type { Services } from '../services.ts';

export function healthRoutes(app: App, services: Services): void {
  app.route({
    method: 'GET',
    url: '/health/live',
    config: { scope: 'public' },
    schema: {
      tags: ['operating'],
      summary: 'Whether the process answers',
      response: { 200: z.object({ status: z.literal('live') }) },
    },
    handler: async () => ({ status: 'live' as const }),
  });

  app.route({
    method: 'GET',
    url: '/health/ready',
    config: { scope: 'public' },
    schema: {
      tags: ['operating'],
      summary: 'Whether it can take submissions',
      response: { 200: z.object({ status: z.literal('ready') }), default: problemAnswer },
    },
    handler: async () => {
      const reasons = await services.notReady();
      if (reasons.length === 0) return { status: 'ready' as const };
      throw new Problem('unavailable', `${reasons.join('; ')}.`, {}, retryAfter(1_000));
    },
  });
}
