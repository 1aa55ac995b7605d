import gossip from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { appendCall } from './append-call.ts';
import { batchAppendCall } from './batch-append-call.ts';
import { featuresCall, gossipCall } from './cluster-calls.ts';
import { openEventLog } from './event-log.ts';
import { type FaultPlan, faultsOf } from './faults.ts';
import type { DevNode } from './node.ts';
import { readCall } from './read-call.ts';
import { type Endpoint, unimplemented } from './rpc-errors.ts';
import { writeQueue } from './write-queue.ts';

const HOST = '127.0.0.1';
/** What real servers take in a message. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

export interface DevServerOptions {
  /** Where its file is; it goes on with what it finds there. */
  folder: string;
  /** 0 for a free one. */
  port?: number;
  /** Every so many events it writes one of its own. */
  systemEventEvery?: number;
  /** The leader's address, for a server that follows; it does not replicate, it only refuses as a follower does. */
  leader?: Endpoint | null;
  faults?: FaultPlan;
}

export interface DevServer {
  port: number;
  plan(faults: FaultPlan): void;
  close(): void;
}

/**
 * A server that speaks to the clients of EventStoreDB as EventStoreDB does, as far as Shrike's adapter asks it to.
 * It is for development and tests only: one node, one file, no security, and nothing but appends, reads and
 * subscriptions to $all. What it answered is on the disk.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const log = openEventLog(options.folder, { systemEventEvery: options.systemEventEvery ?? 50 });
  let port = options.port ?? 0;
  const node: DevNode = {
    log,
    writes: writeQueue(log),
    faults: faultsOf(options.faults),
    endpoint: () => ({ host: HOST, port }),
    leader: options.leader ?? null,
    maxAppendSize: 1024 * 1024,
  };
  const server = new Server({ 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES });
  addServices(server, node);
  port = await bind(server, port);
  return {
    port,
    plan: node.faults.plan,
    close() {
      server.forceShutdown();
      log.close();
    },
  };
}

function addServices(server: Server, node: DevNode): void {
  const missing = (what: string) => (_: unknown, answer: sendUnaryData<never>) => answer(unimplemented(what));
  server.addService(streams.StreamsService, {
    read: readCall(node),
    append: appendCall(node),
    batchAppend: batchAppendCall(node),
    delete: missing('deleting streams'),
    tombstone: missing('tombstones'),
  });
  server.addService(gossip.GossipService, { read: gossipCall(node) });
  server.addService(features.ServerFeaturesService, { getSupportedMethods: featuresCall });
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) =>
    server.bindAsync(`${HOST}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
}
