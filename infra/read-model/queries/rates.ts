import type { Reflecting } from '../../../api/services.ts';
import type { RatesPublished } from '../../../domain/facts.ts';
import type { ViewDatabase } from '../../../projections/projection.ts';
import { ratesProjection } from '../../../projections/rates.ts';
import { viewPosition } from './view-position.ts';

export interface RatesQueries {
  /** The newest table, if there is one. */
  rates(): Promise<Reflecting<RatesPublished | undefined>>;
  /** At most `limit` tables, newest first. */
  versions(limit: number): Promise<Reflecting<RatesPublished[]>>;
}

export function ratesQueries(views: ViewDatabase): RatesQueries {
  async function versions(limit: number): Promise<Reflecting<RatesPublished[]>> {
    const asOf = await viewPosition(views, ratesProjection.name);
    const rows = await views
      .selectFrom('rate_tables')
      .select(['version', 'base', 'rates', 'published_by', 'published_at'])
      .orderBy('version', 'desc')
      .limit(limit)
      .execute();
    const value = rows.map(({ version, base, rates, published_by, published_at }) => ({
      version,
      base,
      rates: JSON.parse(rates),
      by: published_by,
      at: published_at,
    }));
    return { asOf, value };
  }

  return {
    versions,
    async rates() {
      const { asOf, value } = await versions(1);
      return { asOf, value: value[0] };
    },
  };
}
