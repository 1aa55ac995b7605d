import { EventStoreDBClient } from '@eventstore/db-client';
import grpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { CallOptions, Channel, Metadata } from '@grpc/grpc-js';
import { StoreFailed } from '../event-store/store-request.ts';

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
   * One call, answered by the leader only. A call without a deadline ends when the action's promise does.
   * @throws what the action throws, DeadlinePassed
   */
  call<T>(action: Action<T>, deadlineMs: number | null): Promise<T>;
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
    async call(action, deadlineMs) {
      if (closed) throw new StoreFailed('it is closed');
      used = true;
      const deadline = deadlineMs === null ? Number.POSITIVE_INFINITY : Date.now() + deadlineMs;
      const [metadata, options] = internals.callArguments({ requiresLeader: true }, { deadline });
      const answer = internals.execute(grpc.StreamsClient, 'shrike', (client) =>
        action(client, metadata, options),
      );
      return deadlineMs === null ? answer : inTime(answer, deadlineMs);
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

/** The call's own deadline begins when it is connected; finding the leader takes time too. */
async function inTime<T>(answer: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlinePassed(deadlineMs)), deadlineMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
