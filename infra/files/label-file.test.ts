import { describe, expect, test } from '@jest/globals';
import { AmbiguousLabel, FileLabels } from './label-file.ts';

function labelsOf(...lines: object[]) {
  const problems: string[] = [];
  const labels = new FileLabels((line, problem) => problems.push(`${line} ${problem}`));
  lines.forEach((line, i) => {
    labels.add(typeof line === 'string' ? line : JSON.stringify(line), i + 1);
  });
  return { labels, problems };
}

describe('labels of a file', () => {
  test('name a transaction by account and id, or by id alone; the last one counts', () => {
    const { labels } = labelsOf(
      { transactionId: 't1', label: 'fraud' },
      { transactionId: 't2', accountId: 'a', label: 'fraud' },
      { transactionId: 't1', label: 'genuine', source: 'issuer', knownAt: '2026-03-01T00:00:00Z' },
      { transactionId: 't2', label: 'genuine' },
      { transactionId: 't3', label: 'genuine' },
      { transactionId: 't3', accountId: 'a', label: 'fraud' },
    );
    expect(['t1', 't2', 't3', 't4'].map((id) => labels.of('a', id))).toEqual([
      'genuine',
      'genuine',
      'fraud',
      null,
    ]);
    expect(labels.newestMs).toBe(Date.UTC(2026, 2, 1));
  });

  test('a correction counts by when it was known, wherever it stands', () => {
    const { labels } = labelsOf(
      { transactionId: 't1', label: 'genuine', knownAt: '2026-03-02T00:00:00Z' },
      { transactionId: 't1', label: 'fraud', knownAt: '2026-03-01T00:00:00Z' },
      { transactionId: 't2', label: 'genuine', knownAt: '2026-03-02T00:00:00Z' },
      { transactionId: 't2', accountId: 'a', label: 'fraud', knownAt: '2026-03-03T00:00:00Z' },
    );
    expect(['t1', 't2'].map((id) => labels.of('a', id))).toEqual(['genuine', 'fraud']);
  });

  test('an id that two accounts have needs the account', () => {
    const { labels } = labelsOf({ transactionId: 't1', label: 'fraud' });
    expect(labels.of('a', 't1')).toBe('fraud');
    expect(labels.of('a', 't1')).toBe('fraud');
    expect(() => labels.of('b', 't1')).toThrow(AmbiguousLabel);
    expect(() => labels.of('b', 't1')).toThrow(
      'line 1 labels transaction t1, which both account a and account b have: give accountId',
    );
  });

  test('of transactions that are not there are told', () => {
    const { labels } = labelsOf(
      { transactionId: 't1', label: 'fraud' },
      { transactionId: 't2', accountId: 'a', label: 'fraud' },
      { transactionId: 't3', label: 'fraud' },
    );
    labels.of('a', 't3');
    labels.of('b', 't2');
    expect(labels.unmet()).toEqual([
      { line: 1, transactionId: 't1', accountId: null },
      { line: 2, transactionId: 't2', accountId: 'a' },
    ]);
  });

  test('bad lines name the field', () => {
    const { problems } = labelsOf(
      { transactionId: 't1', label: 'stolen' },
      { label: 'fraud' },
      { transactionId: 't1', label: 'fraud', knownAt: 'soon' },
      { transactionId: 't1', is_fraud: true },
      'no json' as unknown as object,
    );
    expect(problems).toEqual([
      expect.stringMatching(/^1 label must be .*fraud.*genuine/),
      expect.stringMatching(/^2 transactionId /),
      expect.stringMatching(/^3 knownAt must be an RFC 3339 time/),
      expect.stringMatching(/^4 .*is_fraud.*label/),
      expect.stringMatching(/^5 is no JSON/),
    ]);
  });
});
