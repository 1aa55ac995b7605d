import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { preferences } from './prefer.ts';
import { Problem, retryAfter } from './problem.ts';
import { positionToken } from './schemas.ts';
import type { Services, View } from './services.ts';

/** How long a read waits for its view unless the client prefers otherwise. */
const STANDARD_WAIT_MS = 5_000;

/** What every read takes. */
export const afterQuery = {
  after: positionToken.optional().describe('Waits until the answer reflects this position'),
};

/** Waits until the view has seen `?after=`. @throws Problem where it has not in time */
export async function reached(
  services: Services,
  view: View,
  request: FastifyRequest,
  after: z.output<(typeof afterQuery)['after']>,
): Promise<void> {
  if (after === undefined) return;
  const waitMs = preferences(request).waitMs ?? STANDARD_WAIT_MS;
  if (await services.waitFor(view, Number(after), waitMs)) return;
  throw new Problem(
    'view-behind',
    `It has not reached position ${after} within ${waitMs} ms.`,
    {},
    retryAfter(1_000),
  );
}
