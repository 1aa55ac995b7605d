import type { Compilable } from 'kysely';
import {
  factData,
  type RuleSetActivated,
  type RuleSetPublished,
  type RuleSetRetired,
  ruleSetStream,
  type StoredFact,
  UnknownSchemaVersion,
} from '../domain/facts.ts';
import type { Projection, ViewDatabase } from './projection.ts';

export interface RuleSetTables {
  rule_set_versions: {
    name: string;
    version: number;
    hash: string;
    /** The YAML as written. */
    source: string;
    /** JSON of the checked rule set. */
    rule_set: string;
    published_by: string;
    published_at: string;
    position: number;
  };
  /** The newest by position is in force for every transaction after that position. */
  rule_set_activations: {
    position: number;
    name: string;
    version: number;
    activated_by: string;
    activated_at: string;
  };
  /** Versions that are not put in force again. */
  rule_set_retirements: { name: string; version: number; reason: string; retired_by: string };
}

const RULE_SET_STREAMS = ruleSetStream('');

/** Versions of rule sets, and which was in force from which position on. */
export const ruleSetsProjection: Projection = {
  name: 'rule-sets',
  version: 2,
  tables: ['rule_set_versions', 'rule_set_activations', 'rule_set_retirements'],

  async createTables(db, suffix) {
    await db.schema
      .createTable(`rule_set_versions${suffix}`)
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('rule_set', 'text', (column) => column.notNull())
      .addColumn('published_by', 'text', (column) => column.notNull())
      .addColumn('published_at', 'text', (column) => column.notNull())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint(`rule_set_versions_key${suffix}`, ['name', 'version'])
      .execute();
    await db.schema
      .createTable(`rule_set_activations${suffix}`)
      .addColumn('position', 'bigint', (column) => column.notNull().primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('activated_by', 'text', (column) => column.notNull())
      .addColumn('activated_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable(`rule_set_retirements${suffix}`)
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('retired_by', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint(`rule_set_retirements_key${suffix}`, ['name', 'version'])
      .execute();
  },

  async apply(db, facts, suffix) {
    return facts
      .filter((fact) => fact.stream.startsWith(RULE_SET_STREAMS))
      .map((fact) => written(db, fact, suffix));
  },
};

function written(db: ViewDatabase, fact: StoredFact, suffix: string): Compilable {
  switch (fact.type) {
    case 'RuleSetPublished': {
      const { name, version, hash, source, ruleSet, by, at } = factData<RuleSetPublished>(fact);
      return db.insertInto(`rule_set_versions${suffix}` as 'rule_set_versions').values({
        name,
        version,
        hash,
        source,
        rule_set: JSON.stringify(ruleSet),
        published_by: by,
        published_at: at,
        position: fact.position,
      });
    }
    case 'RuleSetActivated': {
      const { name, version, by, at } = factData<RuleSetActivated>(fact);
      return db
        .insertInto(`rule_set_activations${suffix}` as 'rule_set_activations')
        .values({ position: fact.position, name, version, activated_by: by, activated_at: at });
    }
    case 'RuleSetRetired': {
      const { name, version, reason, by } = factData<RuleSetRetired>(fact);
      return db
        .insertInto(`rule_set_retirements${suffix}` as 'rule_set_retirements')
        .values({ name, version, reason, retired_by: by });
    }
    default:
      throw new UnknownSchemaVersion(fact);
  }
}
