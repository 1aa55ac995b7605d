import { crc32 } from 'node:zlib';
import type { Snapshot } from '../../domain/ports.ts';

export interface SnapshotRow {
  account_id: string;
  plan_hash: string;
  revision: number;
  event_id: string;
  bytes: Uint8Array;
  checksum: number;
}

/** A damaged snapshot is as good as none: the account is folded from its stream. */
export function snapshotOfRow(row: SnapshotRow): Snapshot | undefined {
  const snapshot = {
    accountId: row.account_id,
    revision: row.revision,
    eventId: row.event_id,
    planHash: row.plan_hash,
    bytes: row.bytes,
  };
  return checksumOf(snapshot) === row.checksum ? snapshot : undefined;
}

export function checksumOf({ accountId, planHash, revision, eventId, bytes }: Snapshot): number {
  return crc32(bytes, crc32(`${accountId} ${planHash} ${revision} ${eventId}`));
}
