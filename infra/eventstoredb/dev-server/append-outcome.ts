import { setTimeout as delay } from 'node:timers/promises';
import type { AppendRequest, AppendResult } from './event-log.ts';
import type { DevNode } from './node.ts';
import { notLeader, type RpcError, unavailable } from './rpc-errors.ts';

export type AppendOutcome =
  | AppendResult
  | { kind: 'too-big' }
  | { kind: 'broken'; error: RpcError }
  | { kind: 'silent' };

/** Carries out an append, or what a fault makes of it. */
export async function appendOutcome(node: DevNode, request: AppendRequest): Promise<AppendOutcome> {
  if (sizeOf(request) > node.maxAppendSize) return { kind: 'too-big' };
  // A real follower forwards what does not ask for the leader; this one has nobody to forward to.
  if (node.leader !== null) return { kind: 'broken', error: notLeader(node.leader) };
  const fault = node.faults.draw();
  if (fault === 'unavailable') return { kind: 'broken', error: unavailable() };
  if (fault === 'not-leader') return { kind: 'broken', error: notLeader(node.endpoint()) };
  const result = await node.writes.append(request);
  if (fault === 'swallow-ack') return { kind: 'silent' };
  if (fault === 'drop-after-commit') return { kind: 'broken', error: unavailable() };
  if (fault === 'delay-ack') await delay(node.faults.delayMs());
  return result;
}

function sizeOf({ events }: AppendRequest): number {
  return events.reduce(
    (size, { data, metadata, type }) => size + data.length + metadata.length + type.length,
    0,
  );
}
