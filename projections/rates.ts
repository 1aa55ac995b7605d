import { factData, RATES_STREAM, type RatesPublished } from '../domain/facts.ts';
import type { Projection } from './projection.ts';

export interface RatesTables {
  rate_tables: {
    version: number;
    base: string;
    /** JSON object: decimal string by currency. */
    rates: string;
    published_by: string;
    published_at: string;
    position: number;
  };
}

/** Every rate table published; the newest is in force. */
export const ratesProjection: Projection = {
  name: 'rates',
  version: 1,
  tables: ['rate_tables'],

  async createTables(db, suffix) {
    await db.schema
      .createTable(`rate_tables${suffix}`)
      .addColumn('version', 'integer', (column) => column.notNull().primaryKey())
      .addColumn('base', 'text', (column) => column.notNull())
      .addColumn('rates', 'text', (column) => column.notNull())
      .addColumn('published_by', 'text', (column) => column.notNull())
      .addColumn('published_at', 'text', (column) => column.notNull())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .execute();
  },

  async apply(db, facts, suffix) {
    return facts
      .filter((fact) => fact.stream === RATES_STREAM)
      .map((fact) => {
        const { version, base, rates, by, at } = factData<RatesPublished>(fact);
        return db.insertInto(`rate_tables${suffix}` as 'rate_tables').values({
          version,
          base,
          rates: JSON.stringify(rates),
          published_by: by,
          published_at: at,
          position: fact.position,
        });
      });
  },
};
