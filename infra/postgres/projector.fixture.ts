import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { PROJECTIONS } from '../../projections/all.ts';
import { startProjections } from '../../projections/runner.ts';
import { happening, historyWriter } from '../../projections/testing/histories.ts';
import { openPostgresViews } from './postgres-views.ts';

/** A projector of a given history, in small steps. It ends when all is shown, or when its parent has gone. */
const [url, seed, length] = process.argv.slice(2) as [string, string, string];
process.stdin.on('end', () => process.exit(1)).resume();
const { store, happen } = historyWriter();
for (const what of fc.sample(happening, { numRuns: Number(length), seed: Number(seed) })) await happen(what);
const db = await openPostgresViews(url);
const runner = await startProjections({ db, store, projections: PROJECTIONS, batchSize: 5, pollMs: 5 });
while (runner.states().some(({ position }) => position < store.facts.length)) await sleep(5);
await runner.stop();
await db.destroy();
console.log(JSON.stringify(runner.states()));
process.exit(0);
