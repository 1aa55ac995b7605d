import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { FactDraft, StoredFact } from '../../domain/facts.ts';
import { DamagedFact } from '../event-store/fact-row.ts';

/**
 * How a fact lies in the store: `data` are the event's data, to the byte; everything else is the event's metadata,
 * a JSON object whose values are texts as they were handed in. `personal` is one of them, apart from the data, so
 * that it can be encrypted where it stands.
 */
interface Envelope {
  schemaVersion: number;
  key?: string;
  personal?: string;
  metadata?: string;
}

export type ProposedMessage = streams.BatchAppendReq.ProposedMessage;
type RecordedEvent = streams.ReadResp.ReadEvent.RecordedEvent;

/** The store gives ids back in lower case whatever they were. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws TypeError if the store could not give it back as it is */
export function messageOfFact(fact: FactDraft): ProposedMessage {
  if (!UUID.test(fact.eventId)) {
    throw new TypeError(
      `eventId of a fact must be a UUID in lower case, not ${JSON.stringify(fact.eventId)}`,
    );
  }
  if (!fact.data.isWellFormed())
    throw new TypeError('data of a fact must be well-formed Unicode, without lone surrogates');
  const message = new streams.BatchAppendReq.ProposedMessage()
    .setId(new shared.UUID().setString(fact.eventId))
    .setData(Buffer.from(fact.data))
    .setCustomMetadata(Buffer.from(JSON.stringify(envelopeOf(fact))));
  message.getMetadataMap().set('type', fact.type).set('content-type', 'application/json');
  return message;
}

/** Bytes the message takes in an append, about. */
export function sizeOf(message: ProposedMessage): number {
  return message.getData_asU8().length + message.getCustomMetadata_asU8().length + 200;
}

function envelopeOf({ schemaVersion, key, personal, metadata }: FactDraft): Envelope {
  const envelope: Envelope = { schemaVersion };
  if (key !== null) envelope.key = key;
  if (personal !== null) envelope.personal = personal;
  if (metadata !== null) envelope.metadata = metadata;
  return envelope;
}

export const positionOf = (event: RecordedEvent): number => Number(event.getCommitPosition());

/** The store writes events of its own into streams whose names begin so. */
export const isSystemEvent = (event: RecordedEvent): boolean => streamOf(event).startsWith('$');

const streamOf = (event: RecordedEvent): string => textOf(event.getStreamIdentifier()!.getStreamName_asU8());

/** @throws DamagedFact if it is none */
export function factOfEvent(event: RecordedEvent): StoredFact {
  const envelope = readEnvelope(event);
  return {
    stream: streamOf(event),
    revision: Number(event.getStreamRevision()),
    position: positionOf(event),
    eventId: event.getId()!.getString(),
    type: event.getMetadataMap().get('type')!,
    schemaVersion: envelope.schemaVersion,
    key: envelope.key ?? null,
    data: textOf(event.getData_asU8()),
    personal: envelope.personal ?? null,
    metadata: envelope.metadata ?? null,
  };
}

function readEnvelope(event: RecordedEvent): Envelope {
  try {
    const envelope = JSON.parse(textOf(event.getCustomMetadata_asU8())) as Envelope;
    if (Number.isSafeInteger(envelope.schemaVersion)) return envelope;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const problem = `what is in ${streamOf(event)} was not written by Shrike, whose store must be its own`;
  throw new DamagedFact(positionOf(event), problem);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
