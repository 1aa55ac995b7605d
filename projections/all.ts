import { alertsProjection } from './alerts.ts';
import { listsProjection } from './lists.ts';
import type { Projection } from './projection.ts';
import { ratesProjection } from './rates.ts';
import { ruleSetsProjection } from './rule-sets.ts';

/** Every read model made from facts that are no transactions. */
export const PROJECTIONS: readonly Projection[] = [
  alertsProjection,
  ruleSetsProjection,
  ratesProjection,
  listsProjection,
];
