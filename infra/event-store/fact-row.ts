import { crc32 } from 'node:zlib';
import type { FactDraft, StoredFact } from '../../domain/facts.ts';

/** Columns of a fact, in the order of `factOfRow`. */
export const FACT_COLUMNS =
  'position, stream, revision, key, event_id, type, schema_version, data, personal, metadata, checksum';

/** What is stored is not what was written: the disk or another program changed it. */
export class DamagedFact extends Error {
  readonly position: number;
  constructor(position: number, problem: string) {
    super(`the fact at position ${position} is damaged: ${problem}`);
    this.name = 'DamagedFact';
    this.position = position;
  }
}

/** CRC-32 of everything a fact is and where it stands; lengths first, so that no two facts share a framing. */
export function factChecksum(position: number, stream: string, revision: number, fact: FactDraft): number {
  const { key, eventId, type, schemaVersion, data, personal, metadata } = fact;
  const lengths = `${size(key)} ${data.length} ${size(personal)} ${size(metadata)}`;
  let sum = crc32(`${position} ${revision} ${schemaVersion} ${lengths} ${stream} ${eventId} ${type} ${key}`);
  sum = crc32(data, sum);
  if (personal !== null) sum = crc32(personal, sum);
  return metadata === null ? sum : crc32(metadata, sum);
}

function size(text: string | null): number {
  return text === null ? -1 : text.length;
}

export type FactRow = [
  position: number,
  stream: string,
  revision: number,
  key: string | null,
  eventId: string,
  type: string,
  schemaVersion: number,
  data: string,
  personal: string | null,
  metadata: string | null,
  checksum: number,
];

/** @throws DamagedFact */
export function factOfRow(row: FactRow): StoredFact {
  const [position, stream, revision, key, eventId, type, schemaVersion, data, personal, metadata, checksum] =
    row;
  const fact = { stream, revision, position, eventId, type, schemaVersion, key, data, personal, metadata };
  if (factChecksum(position, stream, revision, fact) !== checksum) {
    throw new DamagedFact(position, 'its checksum does not match');
  }
  return fact;
}
