import { randomUUID } from 'node:crypto';
import { FACT_SCHEMA_VERSIONS, type FactDraft, type FactType } from '../../../domain/facts.ts';

/** A new fact of the newest schema version, without a key or personal fields. */
export function factDraft(type: FactType, data: object): FactDraft {
  return {
    eventId: randomUUID(),
    type,
    schemaVersion: FACT_SCHEMA_VERSIONS[type],
    key: null,
    data: JSON.stringify(data),
    personal: null,
    metadata: null,
  };
}
