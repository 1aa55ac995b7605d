import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { BacktestJob } from '../../api/backtesting.ts';
import { parseRuleSet } from '../../domain/rules/rule-set-parse.ts';
import { type DecidedFolder, decidedFolder, RULES } from '../history-threads/testing/decided-folder.ts';
import { BacktestJobs } from './backtest-jobs.ts';
import { reportOf } from './report-of.ts';
import { IN_FORCE } from './tried-sets.ts';
import { tryInThreads } from './try-in-threads.ts';

const TRANSACTIONS = 600;
let folder: DecidedFolder;
let jobs: BacktestJobs;
beforeAll(async () => {
  folder = await decidedFolder(TRANSACTIONS);
}, 30_000);
afterAll(() => folder.remove());
const address = () => ({ kind: 'file' as const, path: folder.factsPath });
beforeEach(() => {
  jobs = new BacktestJobs(address());
});
afterEach(() => jobs.close());

function order() {
  const parsed = parseRuleSet(RULES);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return {
    sets: [{ name: 'candidate', role: 'candidate' as const, definition: parsed.ruleSet }, IN_FORCE],
    counting: {
      period: { fromMs: null as number | null, toMs: null },
      labelsUsed: 'final' as const,
      unlabelled: 'genuine' as const,
      ripeAfterMs: 0,
      cardsADay: 10,
      mostExamples: 5,
      kind: 'store' as const,
      sourceText: 'the event store',
    },
  };
}

async function ended(job: BacktestJob): Promise<BacktestJob> {
  while (job.endedAtMs === null) await sleep(20);
  return job;
}

test('a job comes to the report that the command line makes', async () => {
  const asked = order();
  const job = await ended(jobs.add(asked, 'ann')!);
  expect(job).toMatchObject({ state: 'done', by: 'ann', problem: null });
  const tried = await tryInThreads(
    address(),
    { ...asked, period: asked.counting.period, labelsKnownByMs: Infinity },
    1,
    () => undefined,
  );
  expect(job.report).toEqual(reportOf(asked.counting, tried));
  expect(job.report!.transactions).toBe(TRANSACTIONS);
}, 30_000);

test('one runs at a time, a few wait, more are not taken; what is cancelled ends, and the next begins', async () => {
  const taken = Array.from({ length: 6 }, () => jobs.add(order(), 'ann'));
  expect(taken.map((job) => job?.state)).toEqual(['running', ...Array(4).fill('queued'), undefined]);
  const [first, second, third] = taken;
  await jobs.remove(first!.id);
  await jobs.remove(third!.id);
  expect([first, third]).toMatchObject(Array(2).fill({ state: 'cancelled', problem: 'it was cancelled' }));
  expect((await ended(second!)).state).toBe('done');
  await jobs.remove(second!.id);
  expect(jobs.get(second!.id)).toBeUndefined();
  await jobs.close();
  expect(jobs.all().every(({ state }) => state === 'done' || state === 'cancelled')).toBe(true);
  expect(taken[4]).toMatchObject({ state: 'cancelled', problem: 'the server was stopped' });
  expect(jobs.add(order(), 'ann')).toBeUndefined();
}, 30_000);

test('what fails says why', async () => {
  const nothing = order();
  nothing.counting.period.fromMs = Date.UTC(2030, 0, 1);
  expect(await ended(jobs.add(nothing, 'ann')!)).toMatchObject({
    state: 'failed',
    problem: expect.stringMatching(/has no transaction from 2030-01-01/),
  });
  const lost = new BacktestJobs({ kind: 'file', path: `${folder.factsPath}.nowhere` });
  expect(await ended(lost.add(order(), 'ann')!)).toMatchObject({ state: 'failed', report: null });
  await lost.close();
}, 30_000);
