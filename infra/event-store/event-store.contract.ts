import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accountStream, NO_STREAM } from '../../domain/facts.ts';
import { type EventStore, type Submissions, WrongExpectedRevision } from '../../domain/ports.ts';
import { noteDraft, payment, submissionOf } from './submission-fixture.ts';

/** What the contract runs on: an empty store, and how to end it. */
export interface ContractSubject {
  store: EventStore & Submissions & { headPast(position: number, timeoutMs: number): Promise<number> };
  close(): Promise<void>;
}

/**
 * What every event store of Shrike keeps. Each test uses streams of its own, and each run others, so one store serves
 * all, also one that keeps what earlier runs wrote.
 */
export function eventStoreContract(name: string, open: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the contract of an event store:`, () => {
    let subject: ContractSubject;
    const run = randomUUID();
    let streams = 0;
    const freshAccount = () => `${run}-${streams++}`;
    const freshStream = () => `alert-${run}-${streams++}`;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.close());
    const context = { store: () => subject.store, freshAccount, freshStream };
    describe('appending', () => appending(context));
    describe('an append', () => repeating(context));
    describe('reading', () => reading(context));
    describe('submitting', () => submitting(context));
  });
}

interface Context {
  store(): ContractSubject['store'];
  freshAccount(): string;
  freshStream(): string;
}

function appending({ store, freshStream }: Context): void {
  test('counts revisions from 0 and answers with the last one', async () => {
    const stream = freshStream();
    expect(await store().append(stream, NO_STREAM, [noteDraft()])).toMatchObject({ revision: 0 });
    const facts = [noteDraft(), noteDraft()];
    const { revision, position } = await store().append(stream, 0, facts);
    expect(revision).toBe(2);
    expect(await store().readAt(position)).toEqual({ ...facts[1], stream, revision, position });
  });

  test.each([[-1], [1], [7], [-2]])(
    'expecting revision %d of a stream at 0 stores nothing and says where it is',
    async (expected) => {
      const stream = freshStream();
      await store().append(stream, NO_STREAM, [noteDraft()]);
      const refused = store().append(stream, expected, [noteDraft()]);
      await expect(refused).rejects.toThrow(WrongExpectedRevision);
      await expect(refused).rejects.toMatchObject({ actualRevision: 0 });
      expect(await store().readStream(stream, 0, 10)).toHaveLength(1);
    },
  );

  test('stores all facts or none', async () => {
    const stream = freshStream();
    await store().append(stream, NO_STREAM, [{ ...noteDraft(), key: 'one' }]);
    await expect(store().append(stream, 0, [noteDraft(), { ...noteDraft(), key: 'one' }])).rejects.toThrow(
      'key one',
    );
    const twice = [
      { ...noteDraft(), key: 'two' },
      { ...noteDraft(), key: 'two' },
    ];
    await expect(store().append(stream, 0, twice)).rejects.toThrow('key two');
    await expect(store().append(stream, 0, [])).rejects.toThrow('at least one fact');
    expect(await store().readStream(stream, 0, 10)).toHaveLength(1);
  });

  test('of many at once to one stream, exactly one finds it as expected', async () => {
    const stream = freshStream();
    const attempts = Array.from({ length: 20 }, () => store().append(stream, NO_STREAM, [noteDraft()]));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    expect(await store().readStream(stream, 0, 100)).toHaveLength(1);
  });

  test('gives back what was stored to the byte', async () => {
    const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
    const optional = fc.option(text, { nil: null });
    const draft = fc.record({ data: text, personal: optional, metadata: optional, key: optional });
    await fc.assert(
      fc.asyncProperty(draft, async (texts) => {
        const fact = { ...noteDraft(), ...texts };
        const { position } = await store().append(freshStream(), NO_STREAM, [fact]);
        expect(await store().readAt(position)).toMatchObject(fact);
      }),
      { numRuns: 50 },
    );
  });

  test('wakes those who wait for facts, and lets those wait who have seen all', async () => {
    const before = await store().head();
    const woken = store().headPast(before, 10_000);
    const { position } = await store().append(freshStream(), NO_STREAM, [noteDraft()]);
    expect(await woken).toBeGreaterThanOrEqual(position);
    expect(await store().headPast(before, 10_000)).toBeGreaterThanOrEqual(position);
    const head = await store().head();
    expect(await store().headPast(head, 20)).toBe(head);
  });
}

function repeating({ store, freshStream }: Context): void {
  test('repeated with the same ids gives the first answer and stores nothing, also when the stream went on', async () => {
    const stream = freshStream();
    const facts = [noteDraft(), noteDraft()];
    const first = await store().append(stream, NO_STREAM, facts);
    expect(await store().append(stream, NO_STREAM, facts)).toEqual(first);
    await store().append(stream, 1, [noteDraft()]);
    expect(await store().append(stream, NO_STREAM, facts)).toEqual(first);
    expect(await store().readStream(stream, 0, 10)).toHaveLength(3);
  });

  test('repeated in part, or with other ids, is no repeat', async () => {
    const stream = freshStream();
    const facts = [noteDraft(), noteDraft()];
    await store().append(stream, NO_STREAM, facts);
    await expect(store().append(stream, NO_STREAM, [...facts, noteDraft()])).rejects.toThrow(
      WrongExpectedRevision,
    );
    await expect(store().append(stream, NO_STREAM, [facts[1]!, facts[0]!])).rejects.toThrow(
      WrongExpectedRevision,
    );
    await expect(store().append(stream, NO_STREAM, [noteDraft()])).rejects.toThrow(WrongExpectedRevision);
  });
}

function reading({ store, freshAccount, freshStream }: Context): void {
  test('a stream in pages, in order, and nothing beyond its end', async () => {
    const stream = freshStream();
    const facts = Array.from({ length: 5 }, () => noteDraft());
    await store().append(stream, NO_STREAM, facts);
    const ids = async (from: number, limit: number) =>
      (await store().readStream(stream, from, limit)).map((fact) => [fact.revision, fact.eventId]);
    expect(await ids(0, 3)).toEqual([0, 1, 2].map((revision) => [revision, facts[revision]!.eventId]));
    expect(await ids(3, 3)).toEqual([3, 4].map((revision) => [revision, facts[revision]!.eventId]));
    expect(await ids(5, 3)).toEqual([]);
    expect(await ids(-1, 1)).toEqual([[0, facts[0]!.eventId]]);
    expect(await store().readStream(freshStream(), 0, 3)).toEqual([]);
  });

  test('all streams in rising positions, page by page, up to the head', async () => {
    const [one, other] = [freshStream(), freshStream()];
    const before = await store().head();
    const stored: string[] = [];
    for (let i = 0; i < 4; i++) {
      for (const stream of [one, other]) {
        const fact = noteDraft();
        stored.push(fact.eventId);
        await store().append(stream, i - 1, [fact]);
      }
    }
    const read: string[] = [];
    let at = before;
    for (let page = await store().readAll(at, 3); page.length > 0; page = await store().readAll(at, 3)) {
      for (const fact of page) {
        expect(fact.position).toBeGreaterThan(at);
        at = fact.position;
        read.push(fact.eventId);
      }
    }
    expect(read).toEqual(stored);
    expect(at).toBe(await store().head());
    expect(await store().readAt(at + 1)).toBeUndefined();
    expect(await store().readAt(0)).toBeUndefined();
  });

  test('others than transactions, in order, without the transactions between them', async () => {
    const before = await store().head();
    const stream = freshStream();
    const accountId = freshAccount();
    await store().append(stream, NO_STREAM, [noteDraft('FraudSuspected')]);
    await store().submit(submissionOf(payment({ accountId, transactionId: 'a' })));
    await store().append(stream, 0, [noteDraft('AlertClaimed'), noteDraft('AlertClosed')]);
    await store().submit(submissionOf(payment({ accountId, transactionId: 'b' })));
    await store().append(accountStream(accountId), 1, [noteDraft('TransactionLabelled')]);
    const types = (await store().readOthers(before, 100)).map((fact) => fact.type);
    expect(types).toEqual(['FraudSuspected', 'AlertClaimed', 'AlertClosed', 'TransactionLabelled']);
    const [first] = await store().readOthers(before, 1);
    expect((await store().readOthers(first!.position, 1)).map((fact) => fact.type)).toEqual(['AlertClaimed']);
  });
}

function submitting({ store, freshAccount }: Context): void {
  test('stores the fact as handed in and finds it by account and transaction', async () => {
    const accountId = freshAccount();
    const submission = submissionOf(payment({ accountId, ipAddress: '2001:db8::1', latitude: 1.5 }));
    const outcome = await store().submit(submission);
    expect(outcome).toMatchObject({ kind: 'accepted', revision: 0 });
    const found = await store().find(accountId, 'tx-1');
    expect(found).toMatchObject({ ...submission.draft, stream: accountStream(accountId), revision: 0 });
    expect(await store().find(accountId, 'tx-2')).toBeUndefined();
    expect(await store().find(freshAccount(), 'tx-1')).toBeUndefined();
  });

  test('the same again, at once or later, gives the first answer', async () => {
    const transaction = payment({ accountId: freshAccount() });
    const outcomes = await Promise.all([1, 2, 3].map(() => store().submit(submissionOf(transaction))));
    outcomes.push(await store().submit(submissionOf(transaction, { notBeforeMs: Date.UTC(2099, 0) })));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['accepted', 'known', 'known', 'known']);
    const places = outcomes.map((outcome) => ('position' in outcome ? outcome.position : undefined));
    expect(new Set(places).size).toBe(1);
  });

  test('other content under the same id conflicts, with the fields', async () => {
    const accountId = freshAccount();
    const [first, second] = await Promise.all([
      store().submit(submissionOf(payment({ accountId, ipAddress: '10.0.0.1' }))),
      store().submit(submissionOf(payment({ accountId, amountMinor: 1, ipAddress: '10.0.0.2' }))),
    ]);
    expect(second).toEqual({ ...first, kind: 'conflict', fields: ['amountMinor', 'ipAddress'] });
  });

  test('a new one outside the clock bounds is refused and takes no revision', async () => {
    const accountId = freshAccount();
    const late = submissionOf(payment({ accountId }), { notBeforeMs: Date.UTC(2099, 0) });
    expect(await store().submit(late)).toMatchObject({ kind: 'refused', field: 'occurredAt' });
    expect(await store().submit(submissionOf(payment({ accountId })))).toMatchObject({
      kind: 'accepted',
      revision: 0,
    });
  });

  test('one after the other is stored in that order', async () => {
    const accountId = freshAccount();
    const ids = Array.from({ length: 1_500 }, (_, i) => `tx-${i}`);
    await Promise.all(
      ids.map((transactionId) => store().submit(submissionOf(payment({ accountId, transactionId })))),
    );
    const stored = await store().readStream(accountStream(accountId), 0, 2_000);
    expect(stored.map((fact) => fact.key)).toEqual(ids);
  });

  test('many at once, with repeats, gives dense revisions and every transaction once', async () => {
    const accounts = [freshAccount(), freshAccount(), freshAccount()];
    const attempt = fc.record({ account: fc.constantFrom(...accounts), id: fc.nat({ max: 30 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { minLength: 20, maxLength: 60 }), async (attempts) => {
        await Promise.all(
          attempts.map(({ account, id }) =>
            store().submit(submissionOf(payment({ accountId: account, transactionId: `tx-${id}` }))),
          ),
        );
        for (const account of accounts) {
          const stored = await store().readStream(accountStream(account), 0, 1_000);
          expect(stored.map((fact) => fact.revision)).toEqual(stored.map((_, i) => i));
          expect(new Set(stored.map((fact) => fact.key)).size).toBe(stored.length);
        }
      }),
      { numRuns: 20 },
    );
  });
}
