import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { RecordedEvent } from './event-log.ts';

/** Which events a filtered read or subscription gives, and how far it looks between two checkpoints. */
export interface EventFilter {
  matches(event: RecordedEvent): boolean;
  /** Events considered between two checkpoints of a subscription. */
  checkpointInterval: number;
}

/** Events a real server considers at a time where the client does not say. */
const DEFAULT_WINDOW = 32;

export function eventFilterOf(options: streams.ReadReq.Options.FilterOptions): EventFilter {
  const byStream = options.getStreamIdentifier();
  const expression = byStream ?? options.getEventType()!;
  const prefixes = expression.getPrefixList();
  const regex = new RegExp(expression.getRegex());
  const matchesText = (text: string) =>
    prefixes.length > 0 ? prefixes.some((prefix) => text.startsWith(prefix)) : regex.test(text);
  const window = options.hasMax() ? options.getMax() : DEFAULT_WINDOW;
  return {
    matches: ({ stream, type }) => matchesText(byStream === undefined ? type : stream),
    checkpointInterval: window * options.getCheckpointintervalmultiplier(),
  };
}
