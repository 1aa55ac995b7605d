import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { handleServerStreamingCall } from '@grpc/grpc-js';
import { streamName } from './append-call.ts';
import { type EventFilter, eventFilterOf } from './event-filter.ts';
import type { RecordedEvent } from './event-log.ts';
import { type DevNode, refusalByFollower } from './node.ts';
import { eventResponse, notFoundResponse, sendTo } from './read-responses.ts';
import { invalidPosition, type RpcError, unimplemented } from './rpc-errors.ts';
import { subscribe } from './subscription.ts';

/** Events a real server reads at a time. */
const PAGE = 32;

type Options = streams.ReadReq.Options;

/** Streams/Read: reads of a stream and of $all, and subscriptions to $all. */
export function readCall(node: DevNode): handleServerStreamingCall<streams.ReadReq, streams.ReadResp> {
  return async (call) => {
    const options = call.request.getOptions()!;
    call.on('error', () => {});
    const refusal = refusalByFollower(node, call.metadata) ?? refusalOf(node, options);
    if (refusal !== undefined) {
      call.emit('error', refusal);
      return;
    }
    if (options.hasSubscription()) await subscribe(node, call, allPosition(node, options), filterOf(options));
    else await read(node, options, sendTo(call));
    call.end();
  };
}

function refusalOf(node: DevNode, options: Options): RpcError | undefined {
  if (options.hasStream()) {
    return options.hasSubscription() ? unimplemented('subscriptions to one stream') : undefined;
  }
  const from = options.getAll()!.getPosition();
  return from === undefined || node.log.mayReadFrom(Number(from.getCommitPosition()))
    ? undefined
    : invalidPosition();
}

async function read(
  node: DevNode,
  options: Options,
  send: (response: streams.ReadResp) => Promise<boolean>,
): Promise<void> {
  const stream = options.getStream();
  const name = streamName(stream?.getStreamIdentifier());
  if (stream !== undefined && node.log.readStreamForwards(name, 0, 1).length === 0) {
    await send(notFoundResponse(name));
    return;
  }
  const filter = filterOf(options);
  let left = Number(options.getCount());
  for (const event of stream === undefined
    ? eventsOfAll(node, options)
    : eventsOfStream(node, name, options)) {
    if (left === 0) return;
    if (filter !== undefined && !filter.matches(event)) continue;
    if (!(await send(eventResponse(event)))) return;
    left--;
  }
}

function* eventsOfAll(node: DevNode, options: Options): Generator<RecordedEvent> {
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  let from = allPosition(node, options);
  for (;;) {
    const page = backwards ? node.log.readAllBackwards(from, PAGE) : node.log.readAllForwards(from, PAGE);
    yield* page;
    if (page.length < PAGE) return;
    from = page.at(-1)!.position + (backwards ? 0 : 1);
  }
}

function* eventsOfStream(node: DevNode, name: string, options: Options): Generator<RecordedEvent> {
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  const stream = options.getStream()!;
  let from = stream.hasRevision()
    ? Number(stream.getRevision())
    : stream.hasEnd()
      ? Number.MAX_SAFE_INTEGER
      : 0;
  for (;;) {
    const page = backwards
      ? node.log.readStreamBackwards(name, from, PAGE)
      : node.log.readStreamForwards(name, from, PAGE);
    yield* page;
    if (page.length < PAGE) return;
    from = page.at(-1)!.revision + (backwards ? -1 : 1);
  }
}

/** Where a read starts: the end is past every event. A subscription that starts there has seen what is stored. */
function allPosition(node: DevNode, options: Options): number {
  const all = options.getAll()!;
  if (all.hasPosition()) return Number(all.getPosition()!.getCommitPosition());
  if (all.hasEnd()) return options.hasSubscription() ? node.log.lastPosition() : Number.MAX_SAFE_INTEGER;
  return options.hasSubscription() ? -1 : 0;
}

function filterOf(options: Options): EventFilter | undefined {
  const filter = options.getFilter();
  return filter === undefined ? undefined : eventFilterOf(filter);
}
