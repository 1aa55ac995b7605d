import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { proposedEvent, streamName } from './append-call.ts';
import { appendOutcome } from './append-outcome.ts';
import type { AppendRequest, AppendResult, ExpectedState, ProposedEvent } from './event-log.ts';
import type { DevNode } from './node.ts';

type Call = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

interface PendingAppend extends AppendRequest {
  events: ProposedEvent[];
  identifier: shared.StreamIdentifier;
}

/** Streams/BatchAppend: one call carries any number of appends, told apart by their correlation ids. */
export function batchAppendCall(
  node: DevNode,
): handleBidiStreamingCall<streams.BatchAppendReq, streams.BatchAppendResp> {
  return (call) => {
    const pending = new Map<string, PendingAppend>();
    let unanswered = 0;
    let ended = false;

    async function carryOut(correlationId: shared.UUID, request: PendingAppend): Promise<void> {
      unanswered++;
      const outcome = await appendOutcome(node, request);
      unanswered--;
      if (call.cancelled) return;
      if (outcome.kind === 'broken') call.emit('error', outcome.error);
      else if (outcome.kind === 'too-big') call.write(refused(correlationId, request, tooBigStatus(node)));
      else if (outcome.kind === 'success') call.write(succeeded(correlationId, request, outcome));
      else if (outcome.kind === 'wrong-version') {
        call.write(
          refused(correlationId, request, wrongVersionStatus(outcome.currentRevision, request.expected)),
        );
      }
      if (ended && unanswered === 0) call.end();
    }

    call.on('data', (message) => {
      const correlationId = message.getCorrelationId()!;
      const id = correlationId.getString();
      const options = message.getOptions();
      if (options !== undefined) pending.set(id, pendingAppend(options));
      const request = pending.get(id);
      if (request === undefined) return;
      request.events.push(...message.getProposedMessagesList().map(proposedEvent));
      if (!message.getIsFinal()) return;
      pending.delete(id);
      void carryOut(correlationId, request);
    });
    onEnd(call, () => {
      ended = true;
      if (unanswered === 0) call.end();
    });
  };
}

function onEnd(call: Call, ended: () => void): void {
  call.on('end', ended);
  // A client that goes away is no fault of the server.
  call.on('error', () => {});
}

function pendingAppend(options: streams.BatchAppendReq.Options): PendingAppend {
  const identifier = options.getStreamIdentifier()!;
  return { stream: streamName(identifier), expected: expectedState(options), events: [], identifier };
}

function expectedState(options: streams.BatchAppendReq.Options): ExpectedState {
  if (options.hasStreamPosition()) return Number(options.getStreamPosition());
  if (options.hasNoStream()) return 'no-stream';
  return options.hasStreamExists() ? 'stream-exists' : 'any';
}

function answerTo(correlationId: shared.UUID, request: PendingAppend): streams.BatchAppendResp {
  return new streams.BatchAppendResp()
    .setCorrelationId(correlationId)
    .setStreamIdentifier(request.identifier);
}

function succeeded(
  correlationId: shared.UUID,
  request: PendingAppend,
  { revision, position }: AppendResult & { kind: 'success' },
): streams.BatchAppendResp {
  const place = new shared.AllStreamPosition();
  place.setCommitPosition(String(position)).setPreparePosition(String(position));
  const success = new streams.BatchAppendResp.Success();
  return answerTo(correlationId, request).setSuccess(
    success.setCurrentRevision(String(revision)).setPosition(place),
  );
}

function refused(
  correlationId: shared.UUID,
  request: PendingAppend,
  error: status.Status,
): streams.BatchAppendResp {
  return answerTo(correlationId, request).setError(error);
}

function statusOf(message: string, details: Uint8Array): status.Status {
  const packed = new any.Any();
  packed.pack(details, `event_store.client.${message}`);
  return new status.Status().setMessage(message).setDetails(packed);
}

function tooBigStatus({ maxAppendSize }: DevNode): status.Status {
  const details = new shared.MaximumAppendSizeExceeded().setMaxappendsize(maxAppendSize);
  return statusOf('MaximumAppendSizeExceeded', details.serializeBinary());
}

function wrongVersionStatus(currentRevision: number, expected: ExpectedState): status.Status {
  const details = new shared.WrongExpectedVersion();
  if (currentRevision < 0) details.setCurrentNoStream(new empty.Empty());
  else details.setCurrentStreamRevision(String(currentRevision));
  if (typeof expected === 'number') details.setExpectedStreamPosition(String(expected));
  else if (expected === 'no-stream') details.setExpectedNoStream(new empty.Empty());
  else if (expected === 'stream-exists') details.setExpectedStreamExists(new empty.Empty());
  else details.setExpectedAny(new empty.Empty());
  return statusOf('WrongExpectedVersion', details.serializeBinary());
}
