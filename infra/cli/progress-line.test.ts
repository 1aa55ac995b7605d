import { describe, expect, test } from '@jest/globals';
import { progressLine, progressText } from './progress-line.ts';

describe('the text', () => {
  const half = {
    label: 'live',
    done: 5_000,
    total: 20_000,
    unit: 'tx',
    elapsedMs: 4_000,
    notes: 'alerts 3  lag 0',
  };

  test('shows share, rate, time left and notes', () => {
    expect(progressText(half)).toBe(
      'live      [#####...............]  25%  5,000 of 20,000  1,250 tx/s  ETA 12 s  alerts 3  lag 0',
    );
  });

  test.each([
    [
      'nothing done',
      { done: 0 },
      'live      [....................]   0%  0 of 20,000  0 tx/s  alerts 3  lag 0',
    ],
    [
      'all done',
      { done: 20_000, notes: '' },
      'live      [####################] 100%  20,000 of 20,000  5,000 tx/s  in 4.0 s',
    ],
    [
      'nothing to do',
      { done: 0, total: 0, notes: '' },
      'live      [####################] 100%  0 of 0  0 tx/s  in 4.0 s',
    ],
    ['no known end', { total: undefined, notes: '' }, 'live      5,000  1,250 tx/s'],
    [
      'hours left',
      { done: 1, total: 3_601, elapsedMs: 2_000, notes: '' },
      'live      [....................]   0%  1 of 3,601  1 tx/s  ETA 2 h 0 min',
    ],
    [
      'minutes left',
      { done: 1, total: 101, elapsedMs: 3_000, notes: '' },
      'live      [....................]   0%  1 of 101  0 tx/s  ETA 5 min 0 s',
    ],
  ])('%s', (_, changed, text) => expect(progressText({ ...half, ...changed })).toBe(text));
});

function written(isTTY: boolean, columns: number) {
  const texts: string[] = [];
  let nowMs = 0;
  const line = progressLine(
    'work',
    100,
    'rows',
    { isTTY, columns, write: (text) => texts.push(text) },
    () => nowMs,
  );
  return { texts, line, passMs: (ms: number) => (nowMs += ms) };
}

describe('on a terminal', () => {
  test('redraws one line, not more than ten times a second, no wider than the terminal', () => {
    const { texts, line, passMs } = written(true, 40);
    for (let done = 1; done <= 100; done++) {
      passMs(10);
      line.update(done);
    }
    line.finish();
    expect(texts).toHaveLength(12);
    expect(texts.slice(0, -1).every((text) => text.startsWith('\r\x1b[2K') && text.length <= 5 + 39)).toBe(
      true,
    );
    expect(texts.at(-1)).toBe('\n');
  });
});

describe('elsewhere', () => {
  test('writes plain lines, one in five seconds and one at the end', () => {
    const { texts, line, passMs } = written(false, 40);
    for (let done = 1; done <= 100; done++) {
      passMs(120);
      line.update(done, `note ${done}`);
    }
    line.finish();
    expect(texts).toHaveLength(3);
    expect(texts.every((text) => /^work .*\n$/.test(text) && !text.includes('\x1b'))).toBe(true);
    expect(texts.at(-1)).toContain('100 of 100  8 rows/s  in 12 s  note 100');
  });
});
