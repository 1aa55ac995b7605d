import { EventStoreDBClient } from '@eventstore/db-client';
import grpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { CallOptions, Channel, Metadata } from '@grpc/grpc-js';
import { StoreFailed } from '../../domain/ports.ts';

type StreamsClient = grpc.StreamsClient;

/** What the client package does within and does not export; its version is pinned. */
interface ClientInternals {
  /** Runs the action on the present connection, and connects anew, to the leader if it is told, when it fails so. */
  execute<T>(
    client: typeof grpc.StreamsClient,
    name: string,
    action: (client: StreamsClient) => Promise<T>,
  ): Promise<T>;
  callArguments(options: { requiresLeader: boolean }, callOptions: CallOptions): [Metadata, CallOptions];
  getChannel(): Promise<Channel>;
}

export type Action<T> = (client: StreamsClient, metadata: Metadata, options: CallOptions) => Promise<T>;

/**
 * The way to the leader of the nodes named by a connection string. The package finds the leader, connects,
 * authenticates, and follows when another leads; the calls themselves are Shrike's own, because the package's lose
 * and hang (docs/adr/0010-the-event-store-adapter.md).
 */
export interface Connection {
  /**
   * One call, answered by the leader only. It ends when the action's promise does: deadlines are the caller's.
   * @throws what the action throws, or what keeps it from connecting
   */
  call<T>(action: Action<T>): Promise<T>;
  close(): Promise<void>;
}

/** No answer in time. What was asked may have been done. */
export class DeadlinePassed extends Error {
  constructor(deadlineMs: number) {
    super(`no answer within ${deadlineMs} ms`);
    this.name = 'DeadlinePassed';
  }
}

/** @param url `esdb://host:port?tls=false`, `esdb://one,two,three`, `esdb+discover://name`. @throws if it is none */
export function connectTo(url: string): Connection {
  const internals = EventStoreDBClient.connectionString(url) as unknown as ClientInternals;
  let used = false;
  let closed = false;

  return {
    async call(action) {
      if (closed) throw new StoreFailed('it is closed');
      used = true;
      const [metadata, options] = internals.callArguments(
        { requiresLeader: true },
        { deadline: Number.POSITIVE_INFINITY },
      );
      return internals.execute(grpc.StreamsClient, 'shrike', (client) => action(client, metadata, options));
    },
    async close() {
      closed = true;
      if (!used) return;
      // A connection that cannot be made now needs no closing.
      const channel = await internals.getChannel().catch(() => undefined);
      channel?.close();
    },
  };
}
