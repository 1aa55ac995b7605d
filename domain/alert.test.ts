import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AlertCommand,
  type AlertEvent,
  AlertRefused,
  type AlertState,
  decide,
  evolve,
  initialState,
} from './alert.ts';
import type { FraudSuspected } from './facts.ts';

const at = '2026-03-01T12:00:00.000Z';
const later = '2026-03-01T12:01:00.000Z';

const suspected: AlertEvent = {
  type: 'FraudSuspected',
  data: {
    alertId: 'a-1',
    accountId: 'acct-1',
    decision: 'review',
    reasons: ['NEW_DEVICE'],
  } as FraudSuspected,
};
const claimed = (by: string): AlertEvent => ({ type: 'AlertClaimed', data: { by, at } });
const released = (by: string): AlertEvent => ({ type: 'AlertReleased', data: { by, at } });
const noted = (by: string, text: string): AlertEvent => ({ type: 'AlertNoted', data: { by, at, text } });
const closed = (by: string, disposition: 'fraud' | 'genuine' = 'fraud'): AlertEvent => ({
  type: 'AlertClosed',
  data: { by, at, disposition, text: null },
});

const claim = (by: string): AlertCommand => ({ type: 'claim', by, at });
const release = (by: string): AlertCommand => ({ type: 'release', by, at });
const note = (by: string, text: string, when = at): AlertCommand => ({ type: 'note', by, at: when, text });
const close = (
  by: string,
  disposition: 'fraud' | 'genuine' = 'fraud',
  text: string | null = null,
): AlertCommand => ({
  type: 'close',
  by,
  at,
  disposition,
  text,
});

const folded = (events: AlertEvent[]): AlertState => events.reduce(evolve, initialState());

function given(...events: AlertEvent[]) {
  return {
    when: (command: AlertCommand) => ({
      gives: (...expected: AlertEvent[]) => expect(decide(command, folded(events))).toEqual(expected),
      isRefused: (message: string) => {
        expect(() => decide(command, folded(events))).toThrow(AlertRefused);
        expect(() => decide(command, folded(events))).toThrow(message);
      },
    }),
  };
}

describe('an alert that does not exist', () => {
  test('refuses every command', () => {
    for (const command of [claim('ana'), release('ana'), note('ana', 'hm'), close('ana')]) {
      given().when(command).isRefused('there is no such alert');
    }
  });
});

describe('an open alert', () => {
  test('is claimed', () => given(suspected).when(claim('ana')).gives(claimed('ana')));
  test('is closed directly', () => given(suspected).when(close('ana')).gives(closed('ana')));
  test('takes notes', () => given(suspected).when(note('ana', 'called')).gives(noted('ana', 'called')));
  test('has nothing to release', () => given(suspected).when(release('ana')).gives());
  test('may be claimed again after its release', () =>
    given(suspected, claimed('ana'), released('ana')).when(claim('ben')).gives(claimed('ben')));
});

describe('a claimed alert', () => {
  const given_ = given(suspected, claimed('ana'));
  test('claimed again by the same analyst stays as it is', () => given_.when(claim('ana')).gives());
  test('is refused to another, naming who has it', () =>
    given_.when(claim('ben')).isRefused('the alert cannot be claimed: it is claimed by ana'));
  test('is released by its assignee', () => given_.when(release('ana')).gives(released('ana')));
  test('is not released by another', () =>
    given_.when(release('ben')).isRefused('the alert cannot be released: it is claimed by ana'));
  test('is closed by its assignee', () =>
    given_.when(close('ana', 'genuine')).gives(closed('ana', 'genuine')));
  test('is not closed by another', () =>
    given_.when(close('ben')).isRefused('the alert cannot be closed: it is claimed by ana'));
  test('takes notes of others', () =>
    given_.when(note('ben', 'seen before')).gives(noted('ben', 'seen before')));
  test('stays claimed when noted', () =>
    given(suspected, claimed('ana'), noted('ben', 'x')).when(claim('ben')).isRefused('claimed by ana'));
});

describe('a closed alert', () => {
  const given_ = given(suspected, claimed('ana'), closed('ana'));
  test('closed again alike stays as it is', () => given_.when(close('ana')).gives());
  test('keeps its disposition', () =>
    given_
      .when(close('ana', 'genuine'))
      .isRefused('the alert cannot be closed: it is closed as fraud by ana'));
  test('keeps the words it was closed with', () =>
    given_.when(close('ana', 'fraud', 'on second thought')).isRefused('closed as fraud by ana'));
  test('is not closed by another', () => given_.when(close('ben')).isRefused('closed as fraud by ana'));
  test('is not claimed', () =>
    given_.when(claim('ben')).isRefused('the alert cannot be claimed: it is closed as fraud by ana'));
  test('is not released', () =>
    given_.when(release('ana')).isRefused('the alert cannot be released: it is closed as fraud by ana'));
  test('still takes notes', () => given_.when(note('ben', 'refunded')).gives(noted('ben', 'refunded')));
});

describe('a note', () => {
  const given_ = given(suspected, noted('ana', 'no answer'));
  test('repeated within a minute is a retry', () => given_.when(note('ana', 'no answer')).gives());
  test('repeated a minute later is another note', () =>
    given_
      .when(note('ana', 'no answer', later))
      .gives({ type: 'AlertNoted', data: { by: 'ana', at: later, text: 'no answer' } }));
  test('of another analyst is another note', () =>
    given_.when(note('ben', 'no answer')).gives(noted('ben', 'no answer')));
});

describe('whatever happened', () => {
  const by = fc.constantFrom('ana', 'ben', 'cleo');
  const text = fc.constantFrom('x', 'y');
  const command: fc.Arbitrary<AlertCommand> = fc.oneof(
    by.map(claim),
    by.map(release),
    fc.tuple(by, text).map(([who, words]) => note(who, words)),
    fc
      .tuple(by, fc.constantFrom('fraud' as const, 'genuine' as const), fc.option(text))
      .map(([who, disposition, words]) => close(who, disposition, words)),
  );
  const attempt = (events: AlertEvent[], next: AlertCommand): AlertEvent[] => {
    try {
      return decide(next, folded(events));
    } catch (error) {
      expect(error).toBeInstanceOf(AlertRefused);
      return [];
    }
  };

  test('a command decided, folded and decided again gives nothing more', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let events: AlertEvent[] = [suspected];
        for (const next of commands) {
          events = [...events, ...attempt(events, next)];
          expect(attempt(events, next)).toEqual([]);
        }
      }),
    );
  });

  test('nobody takes an alert from its assignee, and it is closed at most once', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let events: AlertEvent[] = [suspected];
        let holder: string | null = null;
        let isClosed = false;
        for (const next of commands) {
          for (const event of attempt(events, next)) {
            if (event.type !== 'AlertNoted') {
              expect(isClosed).toBe(false);
              expect([null, next.by]).toContain(holder);
            }
            if (event.type === 'AlertClaimed') holder = next.by;
            if (event.type === 'AlertReleased') holder = null;
            if (event.type === 'AlertClosed') isClosed = true;
            events = [...events, event];
          }
        }
      }),
    );
  });
});
