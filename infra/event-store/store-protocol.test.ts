import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeAnswer, decodeRequests, encodeAnswer, encodeRequest, type Wire } from './store-protocol.ts';
import type { StoreAnswer, StoreRequest } from './store-request.ts';

const optional = fc.option(fc.string(), { nil: null });
const draft = fc.record(
  {
    eventId: fc.string(),
    type: fc.string(),
    schemaVersion: fc.nat(),
    key: optional,
    data: fc.string(),
    personal: optional,
    metadata: optional,
  },
  { noNullPrototype: true },
);
const submission = fc.record(
  {
    accountId: fc.string(),
    transactionId: fc.string(),
    occurredAtMs: fc.integer(),
    draft,
    notBeforeMs: fc.option(fc.integer(), { nil: null }),
    notAfterMs: fc.integer(),
  },
  { noNullPrototype: true },
);
const request: fc.Arbitrary<StoreRequest> = fc.oneof(
  submission.map((value) => ({ kind: 'submit' as const, submission: value })),
  fc
    .tuple(fc.string(), fc.integer(), fc.array(draft, { maxLength: 3 }))
    .map(([stream, expectedRevision, facts]) => ({
      kind: 'append' as const,
      stream,
      expectedRevision,
      facts,
    })),
);

const place = { revision: fc.nat(), position: fc.nat() };
const answer: fc.Arbitrary<StoreAnswer> = fc
  .oneof(
    fc.record({
      kind: fc.constantFrom('accepted' as const, 'known' as const, 'appended' as const),
      ...place,
    }),
    fc.record({ kind: fc.constant('elsewhere' as const), actualRevision: fc.integer({ min: -1 }) }),
    fc.record({ kind: fc.constant('conflict' as const), ...place, fields: fc.array(fc.string()) }),
    fc.record({ kind: fc.constant('refused' as const), field: fc.string(), problem: fc.string() }),
    fc.record({ kind: fc.constant('failed' as const), problem: fc.string() }),
  )
  .map((value) => ({ ...value }));

test('requests arrive as they were sent', () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 5 }), (requests) => {
      const wire: Wire = [];
      for (const one of requests) encodeRequest(wire, one);
      expect(decodeRequests(structuredClone(wire))).toEqual(requests);
    }),
  );
});

test('answers arrive as they were given, each at its place', () => {
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 5 }), (answers) => {
      const wire: Wire = [];
      for (const one of answers) encodeAnswer(wire, one);
      const sent = structuredClone(wire);
      expect(answers.map((_, i) => decodeAnswer(sent, i))).toEqual(answers);
    }),
  );
});
