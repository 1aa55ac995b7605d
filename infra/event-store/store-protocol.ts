import type { FactDraft } from '../../domain/facts.ts';
import type { StoreAnswer, StoreRequest } from './store-request.ts';

/**
 * How requests and answers travel between threads: as flat arrays of primitives, which structured cloning
 * copies six times as fast as the objects they stand for.
 */
export type Wire = (string | number | null)[];

const SUBMIT = 0;
const APPEND = 1;

export function encodeRequest(wire: Wire, request: StoreRequest): void {
  if (request.kind === 'submit') {
    const { accountId, transactionId, occurredAtMs, notBeforeMs, notAfterMs, draft } = request.submission;
    wire.push(SUBMIT, accountId, transactionId, occurredAtMs, notBeforeMs, notAfterMs);
    encodeDraft(wire, draft);
  } else {
    wire.push(APPEND, request.stream, request.expectedRevision, request.facts.length);
    for (const fact of request.facts) encodeDraft(wire, fact);
  }
}

export function decodeRequests(wire: Wire): StoreRequest[] {
  const requests: StoreRequest[] = [];
  const reading = { wire, at: 0 };
  while (reading.at < wire.length) requests.push(decodeRequest(reading));
  return requests;
}

interface Reading {
  wire: Wire;
  at: number;
}

function next<T>(reading: Reading): T {
  return reading.wire[reading.at++] as T;
}

function decodeRequest(reading: Reading): StoreRequest {
  if (next<number>(reading) === APPEND) {
    const stream = next<string>(reading);
    const expectedRevision = next<number>(reading);
    const facts = Array.from({ length: next<number>(reading) }, () => decodeDraft(reading));
    return { kind: 'append', stream, expectedRevision, facts };
  }
  return {
    kind: 'submit',
    // Evaluated in the order written, as it was encoded.
    submission: {
      accountId: next(reading),
      transactionId: next(reading),
      occurredAtMs: next(reading),
      notBeforeMs: next(reading),
      notAfterMs: next(reading),
      draft: decodeDraft(reading),
    },
  };
}

function encodeDraft(wire: Wire, draft: FactDraft): void {
  const { eventId, type, schemaVersion, key, data, personal, metadata } = draft;
  wire.push(eventId, type, schemaVersion, key, data, personal, metadata);
}

function decodeDraft(reading: Reading): FactDraft {
  return {
    eventId: next(reading),
    type: next(reading),
    schemaVersion: next(reading),
    key: next(reading),
    data: next(reading),
    personal: next(reading),
    metadata: next(reading),
  };
}

const ANSWERS = ['accepted', 'known', 'appended', 'elsewhere', 'conflict', 'refused', 'failed'] as const;

/** Four values an answer: its kind, two numbers, and text where it needs some. */
export function encodeAnswer(wire: Wire, answer: StoreAnswer): void {
  const kind = ANSWERS.indexOf(answer.kind);
  switch (answer.kind) {
    case 'elsewhere':
      wire.push(kind, answer.actualRevision, 0, null);
      break;
    case 'conflict':
      wire.push(kind, answer.revision, answer.position, JSON.stringify(answer.fields));
      break;
    case 'refused':
      wire.push(kind, 0, 0, JSON.stringify([answer.field, answer.problem]));
      break;
    case 'failed':
      wire.push(kind, 0, 0, answer.problem);
      break;
    default:
      wire.push(kind, answer.revision, answer.position, null);
  }
}

/** The answer at index `i` of a reply. */
export function decodeAnswer(wire: Wire, i: number): StoreAnswer {
  const [code, revision, position, text] = wire.slice(i * 4, i * 4 + 4) as [number, number, number, string];
  const kind = ANSWERS[code]!;
  switch (kind) {
    case 'elsewhere':
      return { kind, actualRevision: revision };
    case 'conflict':
      return { kind, revision, position, fields: JSON.parse(text) };
    case 'refused': {
      const [field, problem] = JSON.parse(text);
      return { kind, field, problem };
    }
    case 'failed':
      return { kind, problem: text };
    default:
      return { kind, revision, position };
  }
}
