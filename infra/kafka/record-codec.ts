import type { FeatureValue, RuleSetVersion, StoredFact } from '../../domain/facts.ts';
import type { LogRecord } from '../../domain/ports.ts';
import { traceparentOf } from '../../domain/trace-context.ts';
import { logKey } from '../../processors/key-partitions.ts';
import type { FetchedMessage, OutgoingMessage } from './kafka-client.ts';

/**
 * A record as the topic holds it. Key: the account, or the alert. Value: the fact, its JSON texts to the byte as the
 * store has them. Headers: the interval (`from`, `position`), the rule set in force, the values of the
 * features that are not kept by account, the fact's schema version, and
 * the trace it came with. A tick has neither key nor value.
 */
export function encodeRecord({ from, position, fact, ruleSet, stamps = [] }: LogRecord): OutgoingMessage {
  const headers: Record<string, string> = { from: String(from), position: String(position) };
  if (fact === null) return { key: null, value: null, headers };
  const { position: _, ...stored } = fact;
  if (ruleSet !== null) headers.ruleSet = JSON.stringify([ruleSet.name, ruleSet.version]);
  if (stamps.length > 0) headers.stamps = JSON.stringify(stamps);
  headers.schema = String(fact.schemaVersion);
  const traceparent = traceparentOf(fact.metadata);
  if (traceparent !== undefined) headers.traceparent = traceparent;
  return { key: logKey(fact), value: JSON.stringify(stored), headers };
}

/** Of a message that is no record of the log: what it stood for is read from the store. */
export class UnreadableRecord extends Error {
  constructor(partition: number, offset: number, problem: string) {
    super(`partition ${partition}, offset ${offset}: ${problem}`);
    this.name = 'UnreadableRecord';
  }
}

/** @throws UnreadableRecord */
export function decodeRecord(partition: number, { offset, value, headers }: FetchedMessage): LogRecord {
  try {
    const from = positionOf(headers, 'from');
    const position = positionOf(headers, 'position');
    if (from > position) throw new RangeError(`from ${from} lies after position ${position}`);
    if (value === null) return { partition, from, position, fact: null, ruleSet: null, offset };
    const fact = storedFact(JSON.parse(value.toString('utf8')), position);
    const ruleSet = ruleSetOf(headers.ruleSet);
    return { partition, from, position, fact, ruleSet, stamps: stampsOf(headers.stamps), offset };
  } catch (error) {
    throw new UnreadableRecord(partition, offset, (error as Error).message);
  }
}

function positionOf(headers: Record<string, string>, name: string): number {
  const text = headers[name];
  const position = text === undefined || text === '' ? Number.NaN : Number(text);
  if (!Number.isSafeInteger(position) || position < 0) {
    throw new RangeError(`header ${name} is ${JSON.stringify(text)}, not a position`);
  }
  return position;
}

function ruleSetOf(text: string | undefined): RuleSetVersion | null {
  if (text === undefined) return null;
  const [name, version] = JSON.parse(text) as [unknown, unknown];
  if (typeof name !== 'string' || !Number.isSafeInteger(version)) {
    throw new TypeError(`header ruleSet is ${text}, not a name and a version`);
  }
  return { name, version: version as number };
}

function stampsOf(text: string | undefined): FeatureValue[] {
  if (text === undefined) return [];
  const stamps: unknown = JSON.parse(text);
  const isStamp = (value: unknown) =>
    value === null || ['number', 'string', 'boolean'].includes(typeof value);
  if (!Array.isArray(stamps) || !stamps.every(isStamp)) {
    throw new TypeError(`header stamps is ${text}, not the values of features`);
  }
  return stamps;
}

function storedFact(value: StoredFact, position: number): StoredFact {
  const { stream, revision, eventId, type, schemaVersion, key, data, personal, metadata } = value;
  const whole =
    typeof stream === 'string' &&
    Number.isSafeInteger(revision) &&
    typeof eventId === 'string' &&
    typeof type === 'string' &&
    Number.isSafeInteger(schemaVersion) &&
    typeof data === 'string' &&
    isTextOrNull(key) &&
    isTextOrNull(personal) &&
    isTextOrNull(metadata);
  if (!whole) throw new TypeError('the value is not a fact');
  return { stream, revision, eventId, type, schemaVersion, key, data, personal, metadata, position };
}

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
