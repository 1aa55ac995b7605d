import type { ExportTopic } from '../../../domain/export-record.ts';
import type { EnginesConfig, Layout } from './engines-config.ts';
import { exportTopicOf, factsTopicOf, groupOf } from './topology.ts';

/** Something that stands on an engine, for operators: what it is for, who writes it and who reads it. */
export interface Place {
  engine: 'event store' | 'Kafka' | 'PostgreSQL';
  name: string;
  holds: string;
  writtenBy: string;
  readBy: string;
  /** What can be done about its loss. */
  lost: string;
}

const REBUILT = 'rebuilt from the event store: shrike replay';

/** Everything a deployment uses, in the order in which a payment passes it. */
export function describeTopology({ layout, exports }: Pick<EnginesConfig, 'layout' | 'exports'>): Place[] {
  return [...streams(), ...log(layout), ...(exports ? exported(layout) : []), ...tables(layout)];
}

function streams(): Place[] {
  const stream = (name: string, holds: string, writtenBy: string, readBy: string): Place => {
    return {
      engine: 'event store',
      name,
      holds,
      writtenBy,
      readBy,
      lost: 'restore the event store from its backup',
    };
  };
  return [
    stream('account-<accountId>', 'transactions, in their order', 'api', 'mirror, processor, api'),
    stream('alert-<alertId>', 'a suspicion and what analysts did', 'processor, api', 'projector, api'),
    stream('ruleset-<name>', 'versions of a rule set and when each was put in force', 'api', 'all roles'),
    stream('list-<name>', 'what was put on a list and taken off', 'api', 'all roles'),
    stream('rates-base', 'rate tables', 'api', 'api, projector'),
  ];
}

function log(layout: Layout): Place[] {
  const { name, partitions, config } = factsTopicOf(layout);
  return [
    {
      engine: 'Kafka',
      name: `topic ${name}`,
      holds: `the facts of accounts and alerts, keyed by account or alert; ${partitions} partitions, retention.ms ${config['retention.ms']}`,
      writtenBy: 'the mirror that leads',
      readBy: `processor (consumer group ${groupOf(layout)})`,
      lost: 'begin another --generation: it is mirrored anew; until then processors read the event store',
    },
  ];
}

function exported(layout: Layout): Place[] {
  const topic = (name: ExportTopic, holds: string): Place => ({
    engine: 'Kafka',
    name: `topic ${exportTopicOf(name, layout).name}`,
    holds: `${holds}, keyed by account; ${layout.partitions} partitions, kept as long as the topic says`,
    writtenBy: 'processor',
    readBy: 'others (docs/exports.md)',
    lost: 'begin another --generation, which tells everything again; nothing inside reads it',
  });
  return [
    topic('risk-scores', 'every decision'),
    topic('fraud-suspected', 'every suspicion, as its alert opened with it'),
  ];
}

function tables({ partitions }: Layout): Place[] {
  const table = (name: string, holds: string, writtenBy: string, readBy: string, lost = REBUILT): Place => {
    return { engine: 'PostgreSQL', name, holds, writtenBy, readBy, lost };
  };
  const last = partitions - 1;
  return [
    table(`decisions_p0..p${last}`, 'what was decided of each transaction', 'processor', 'api'),
    table(
      `snapshots_p0..p${last}`,
      'accounts as they were folded, to be loaded quickly',
      'processor',
      'processor, api',
    ),
    table('checkpoints', 'up to where each partition is decided and recorded', 'processor', 'processor, api'),
    table(
      'alerts, alert_suspicions, alert_cool_downs, alert_evidence, alert_reasons, alert_history',
      'alerts, as lists show them',
      'the projector that leads',
      'api',
    ),
    table(
      'rule_set_versions, rule_set_activations, rule_set_retirements, rate_tables, lists, list_versions, list_entries',
      'rule sets, rates and lists, as the API shows them',
      'the projector that leads',
      'api',
    ),
    table(
      'projection_checkpoints',
      'up to where each view shows everything',
      'the projector that leads',
      'projector, api',
    ),
    table(
      'mirror_checkpoints',
      'up to where the log is mirrored',
      'the mirror that leads',
      'mirror, api',
      'the log is mirrored again from its start, which does no harm',
    ),
    table(
      'dead_letters',
      'exports that could not be delivered, until shrike dlq redrive delivers them',
      'processor, shrike dlq',
      'processor, api, shrike dlq',
      'those exports are missed; the decisions are there',
    ),
    table(
      'role_reports',
      'how each stage stands, for operators',
      'mirror, processor, projector',
      'api',
      'written again within a second',
    ),
  ];
}
