import { describe, expect, test } from '@jest/globals';
import { type Exclusion, type ExclusionCase, exclusionRefusal, isPassed, leftOut } from './exclusions.ts';
import type { StoredFact } from './facts.ts';

const excluded = (revision: number, about: number, unread = false): Exclusion => ({
  revision,
  about,
  kind: 'excluded',
  unread,
});
const readmitted = (revision: number, about: number): Exclusion => ({
  revision,
  about,
  kind: 'readmitted',
  unread: false,
});
const outAt = (exclusions: Exclusion[], revision: number) => [...leftOut(exclusions, revision)].toSorted();

describe('what is left out', () => {
  test.each<[string, Exclusion[], number[], number[]]>([
    ['an exclusion counts from its own place on', [excluded(5, 2)], [4, 5], [0, 1]],
    ['a readmission too', [excluded(5, 2), readmitted(7, 2)], [4, 6, 7], [0, 1, 0]],
    ['it may be excluded again', [excluded(5, 2), readmitted(7, 2), excluded(9, 2)], [8, 9], [0, 1]],
    ['what was not read is out from the beginning', [excluded(5, 2, true)], [2, 4, 5], [1, 1, 1]],
    ['until it is readmitted', [excluded(5, 2, true), readmitted(7, 2)], [2, 6, 7], [1, 1, 0]],
    ['only the first exclusion reaches back', [excluded(5, 2), excluded(9, 2, true)], [2, 4, 5], [0, 0, 1]],
  ])('%s', (_, exclusions, revisions, out) => {
    expect(revisions.map((revision) => outAt(exclusions, revision).length)).toEqual(out);
  });

  test('each fact goes by what is said of it alone', () => {
    const exclusions = [excluded(5, 2), excluded(6, 3), readmitted(7, 2), excluded(8, 4, true)];
    expect(outAt(exclusions, 4)).toEqual([4]);
    expect(outAt(exclusions, 6)).toEqual([2, 3, 4]);
    expect(outAt(exclusions, 8)).toEqual([3, 4]);
    expect([2, 3, 4].map((revision) => isPassed(exclusions, revision))).toEqual([false, false, true]);
  });
});

describe('a command is refused', () => {
  const fact = { type: 'TransactionSubmitted', schemaVersion: 1, revision: 2 } as StoredFact;
  const usual: ExclusionCase = { command: 'exclude', fact, readable: true, exclusions: [], decided: true };
  const isOut = { exclusions: [excluded(5, 2)] };
  test.each<[string, Partial<ExclusionCase>, string | undefined]>([
    ['not where it can be done', {}, undefined],
    ['not where it undoes an exclusion', { command: 'readmit', ...isOut }, undefined],
    ['not of what nobody read', { readable: false, decided: false }, undefined],
    ['of no fact', { fact: undefined }, 'no fact of this revision'],
    ['of an exclusion', { fact: { ...fact, type: 'FactExcluded' } }, 'is itself a FactExcluded'],
    ['twice', isOut, 'excluded already'],
    ['of what is not out', { command: 'readmit' }, 'is not excluded'],
    [
      'of what is in again',
      { command: 'readmit', exclusions: [...isOut.exclusions, readmitted(6, 2)] },
      'is not excluded',
    ],
    [
      'of what cannot be read, to have it read',
      { command: 'readmit', readable: false, ...isOut },
      'upgrade Shrike first',
    ],
    ['of what a newer version has read', { readable: false }, 'read by a newer version'],
  ])('%s', (_, given, sentence) => {
    const refusal = exclusionRefusal({ ...usual, ...given });
    if (sentence === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toContain(sentence);
  });
});
