import type { Reflecting, RuleSetSummary, RuleSetView } from '../../../api/services.ts';
import type { RuleSetVersion } from '../../../domain/facts.ts';
import { readCheckpoint } from '../../../projections/checkpoint.ts';
import type { ViewDatabase } from '../../../projections/projection.ts';
import { type RuleSetTables, ruleSetsProjection } from '../../../projections/rule-sets.ts';
import { viewPosition } from './view-position.ts';

export interface ActiveRuleSet extends RuleSetVersion {
  /** Store position of its activation: transactions after it are scored by it. */
  since: number;
}

export interface RuleSetQueries {
  /** Every version of every name, in the order of publication. */
  ruleSets(): Promise<Reflecting<RuleSetSummary[]>>;
  ruleSet(version: RuleSetVersion): Promise<Reflecting<RuleSetView | undefined>>;
  /** What is in force for new transactions, if anything is. */
  active(): Promise<Reflecting<ActiveRuleSet | undefined>>;
  /** What was in force last before that, whatever its name, and is not retired; undefined where nothing else was. */
  activeBefore(): Promise<RuleSetVersion | undefined>;
}

const SUMMARY = ['name', 'version', 'hash', 'published_by', 'published_at', 'position'] as const;
type SummaryRow = Pick<RuleSetTables['rule_set_versions'], (typeof SUMMARY)[number]>;

export function ruleSetQueries(views: ViewDatabase): RuleSetQueries {
  const active = () =>
    views
      .selectFrom('rule_set_activations')
      .select(['name', 'version', 'position as since'])
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
  const asOf = () => viewPosition(views, ruleSetsProjection.name);

  /** An older version's rows, which are shown until they are rebuilt, know of none. */
  const retired = async (): Promise<RuleSetVersion[]> => {
    const version = (await readCheckpoint(views, ruleSetsProjection.name))?.version ?? 0;
    return version < 2 ? [] : views.selectFrom('rule_set_retirements').select(['name', 'version']).execute();
  };

  return {
    async ruleSets() {
      const reflected = { asOf: await asOf() };
      const inForce = await active();
      const rows = await views.selectFrom('rule_set_versions').select(SUMMARY).orderBy('position').execute();
      const gone = await retired();
      return { ...reflected, value: rows.map((row) => summary(row, inForce, gone)) };
    },
    async ruleSet({ name, version }) {
      const reflected = { asOf: await asOf() };
      const inForce = await active();
      const row = await views
        .selectFrom('rule_set_versions')
        .select([...SUMMARY, 'source'])
        .where('name', '=', name)
        .where('version', '=', version)
        .executeTakeFirst();
      return {
        ...reflected,
        value: row && { ...summary(row, inForce, await retired()), source: row.source },
      };
    },
    async active() {
      return { asOf: await asOf(), value: await active() };
    },
    async activeBefore() {
      const inForce = await active();
      if (inForce === undefined) return undefined;
      const gone = new Set((await retired()).map(versionKey));
      const activated = await views
        .selectFrom('rule_set_activations')
        .select(['name', 'version'])
        .orderBy('position', 'desc')
        .execute();
      return activated.find(
        (each) => versionKey(each) !== versionKey(inForce) && !gone.has(versionKey(each)),
      );
    },
  };
}

const versionKey = ({ name, version }: RuleSetVersion): string => `${name}@${version}`;

function summary(
  row: SummaryRow,
  inForce: RuleSetVersion | undefined,
  retired: readonly RuleSetVersion[],
): RuleSetSummary {
  return {
    name: row.name,
    version: row.version,
    hash: row.hash,
    publishedBy: row.published_by,
    publishedAt: row.published_at,
    position: row.position,
    retired: retired.some(({ name, version }) => name === row.name && version === row.version),
    active: inForce?.name === row.name && inForce.version === row.version,
  };
}
