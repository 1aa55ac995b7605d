import type { Metadata } from '@grpc/grpc-js';
import type { EventLog } from './event-log.ts';
import type { Faults } from './faults.ts';
import { type Endpoint, notLeader, type RpcError } from './rpc-errors.ts';
import type { WriteQueue } from './write-queue.ts';

/** What the calls of one server share. */
export interface DevNode {
  log: EventLog;
  writes: WriteQueue;
  faults: Faults;
  /** Where it listens. */
  endpoint(): Endpoint;
  /** The leader it follows; null if it leads. */
  leader: Endpoint | null;
  /** Bytes of one append, at most. */
  maxAppendSize: number;
}

/** What a follower answers a call that asks for the leader. */
export function refusalByFollower(node: DevNode, metadata: Metadata): RpcError | undefined {
  return node.leader !== null && metadata.get('requires-leader')[0] === 'true'
    ? notLeader(node.leader)
    : undefined;
}
