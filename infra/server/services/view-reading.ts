import type { Reflecting, RuleSetSummary, RuleSetView } from '../../../api/services.ts';
import type { RatesPublished, RuleSetVersion } from '../../../domain/facts.ts';
import type { ViewDatabase } from '../../../projections/projection.ts';

/** Rule sets and rates as their views show them. */
export function viewReading(db: ViewDatabase) {
  const asOf = async (projection: string): Promise<number> => {
    const checkpoint = db
      .selectFrom('projection_checkpoints')
      .select('position')
      .where('projection', '=', projection);
    return (await checkpoint.executeTakeFirst())?.position ?? 0;
  };

  async function versions(): Promise<RuleSetView[]> {
    const active = await db
      .selectFrom('rule_set_activations')
      .select(['name', 'version'])
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    const rows = await db
      .selectFrom('rule_set_versions')
      .select(['name', 'version', 'hash', 'source', 'published_by', 'published_at', 'position'])
      .orderBy('position')
      .execute();
    return rows.map((row) => ({
      name: row.name,
      version: row.version,
      hash: row.hash,
      publishedBy: row.published_by,
      publishedAt: row.published_at,
      position: row.position,
      active: active?.name === row.name && active.version === row.version,
      source: row.source,
    }));
  }

  return {
    async ruleSets(): Promise<Reflecting<RuleSetSummary[]>> {
      const position = await asOf('rule-sets');
      return { asOf: position, value: (await versions()).map(({ source: _source, ...summary }) => summary) };
    },
    async ruleSet({ name, version }: RuleSetVersion): Promise<Reflecting<RuleSetView | undefined>> {
      const position = await asOf('rule-sets');
      const found = (await versions()).find((each) => each.name === name && each.version === version);
      return { asOf: position, value: found };
    },
    async rates(): Promise<Reflecting<RatesPublished | undefined>> {
      const position = await asOf('rates');
      const row = await db
        .selectFrom('rate_tables')
        .selectAll()
        .orderBy('version', 'desc')
        .limit(1)
        .executeTakeFirst();
      const table = row && {
        version: row.version,
        base: row.base,
        rates: JSON.parse(row.rates) as Record<string, string>,
        by: row.published_by,
        at: row.published_at,
      };
      return { asOf: position, value: table };
    },
  };
}
