import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { handleClientStreamingCall } from '@grpc/grpc-js';
import { appendOutcome } from './append-outcome.ts';
import type { AppendRequest, AppendResult, ExpectedState, ProposedEvent } from './event-log.ts';
import type { DevNode } from './node.ts';
import { tooBig } from './rpc-errors.ts';

/** Streams/Append: one append a call, its events one a message. */
export function appendCall(node: DevNode): handleClientStreamingCall<streams.AppendReq, streams.AppendResp> {
  return async (call, answer) => {
    let request: (AppendRequest & { events: ProposedEvent[] }) | undefined;
    for await (const message of call as AsyncIterable<streams.AppendReq>) {
      const options = message.getOptions();
      if (options !== undefined) {
        request = {
          stream: streamName(options.getStreamIdentifier()),
          expected: expectedState(options),
          events: [],
        };
      }
      const proposed = message.getProposedMessage();
      if (proposed !== undefined) request?.events.push(proposedEvent(proposed));
    }
    if (request === undefined) return;
    const outcome = await appendOutcome(node, request);
    if (outcome.kind === 'broken') answer(outcome.error);
    else if (outcome.kind === 'too-big') answer(tooBig(node.maxAppendSize));
    else if (outcome.kind !== 'silent') answer(null, response(outcome, request.expected));
  };
}

export function streamName(identifier: shared.StreamIdentifier | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
}

/** Of either kind of append: their messages have the same shape. */
export function proposedEvent(
  message: streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage,
): ProposedEvent {
  const metadata = message.getMetadataMap();
  return {
    id: message.getId()?.getString() || randomUUID(),
    type: metadata.get('type') ?? '',
    contentType: metadata.get('content-type') ?? 'application/octet-stream',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

function expectedState(options: streams.AppendReq.Options): ExpectedState {
  if (options.hasRevision()) return Number(options.getRevision());
  if (options.hasNoStream()) return 'no-stream';
  return options.hasStreamExists() ? 'stream-exists' : 'any';
}

function response(result: AppendResult, expected: ExpectedState): streams.AppendResp {
  const response = new streams.AppendResp();
  if (result.kind === 'success') return response.setSuccess(success(result));
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (result.currentRevision < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(result.currentRevision));
  if (typeof expected === 'number') wrong.setExpectedRevision(String(expected));
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedAny(new shared.Empty());
  return response.setWrongExpectedVersion(wrong);
}

function success(result: AppendResult & { kind: 'success' }): streams.AppendResp.Success {
  const position = new streams.AppendResp.Position();
  position.setCommitPosition(String(result.position)).setPreparePosition(String(result.position));
  return new streams.AppendResp.Success().setCurrentRevision(String(result.revision)).setPosition(position);
}
