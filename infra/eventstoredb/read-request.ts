import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';

type Options = streams.ReadReq.Options;
const { FORWARDS, BACKWARDS } = streams.ReadReq.Options.ReadDirection;

/** Where a read of all streams starts: forwards at the event there, it included; backwards before it. */
export type AllFrom = number | 'start' | 'end';

export function streamRead(stream: string, fromRevision: number, count: number): streams.ReadReq {
  return requestOf(streamOptions(stream).setReadDirection(FORWARDS).setCount(String(count)), (options) =>
    options.getStream()!.setRevision(String(fromRevision)),
  );
}

/** The newest event of a stream. */
export function streamEndRead(stream: string): streams.ReadReq {
  return requestOf(streamOptions(stream).setReadDirection(BACKWARDS).setCount('1'), (options) =>
    options.getStream()!.setEnd(new shared.Empty()),
  );
}

export function allRead(from: AllFrom, count: number, direction: 'forwards' | 'backwards'): streams.ReadReq {
  const options = allOptions(from).setCount(String(count));
  return requestOf(options.setReadDirection(direction === 'forwards' ? FORWARDS : BACKWARDS));
}

export interface SubscriptionFilter {
  /** Of event types. .NET and JavaScript must agree on it. */
  typeRegex: string;
  /** Events looked at between two checkpoints. */
  checkpointEvery: number;
}

/** What lies after `from`, then what comes. */
export function allSubscription(
  from: AllFrom,
  { typeRegex, checkpointEvery }: SubscriptionFilter,
): streams.ReadReq {
  const filter = new streams.ReadReq.Options.FilterOptions()
    .setEventType(new streams.ReadReq.Options.FilterOptions.Expression().setRegex(typeRegex))
    .setMax(checkpointEvery)
    .setCheckpointintervalmultiplier(1);
  const options = allOptions(from).setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
  return requestOf(options.setFilter(filter));
}

function streamOptions(stream: string): Options {
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  return new streams.ReadReq.Options().setStream(
    new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(identifier),
  );
}

function allOptions(from: AllFrom): Options {
  const all = new streams.ReadReq.Options.AllOptions();
  if (from === 'start') all.setStart(new shared.Empty());
  else if (from === 'end') all.setEnd(new shared.Empty());
  else {
    const position = new streams.ReadReq.Options.Position();
    all.setPosition(position.setCommitPosition(String(from)).setPreparePosition(String(from)));
  }
  return new streams.ReadReq.Options().setAll(all);
}

function requestOf(options: Options, complete: (options: Options) => unknown = () => {}): streams.ReadReq {
  complete(options);
  options.setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  if (!options.hasFilter()) options.setNoFilter(new shared.Empty());
  return new streams.ReadReq().setOptions(options);
}
