import { parentPort, workerData } from 'node:worker_threads';

/** Does what it is told. */
const told = workerData as 'work' | 'fail' | 'end' | 'stay';
parentPort!.postMessage({ progress: told });
if (told === 'work') parentPort!.postMessage({ result: 'done' });
if (told === 'fail') throw new Error('it was told to fail');
if (told === 'end') process.exit();
if (told === 'stay') setInterval(() => undefined, 1_000);
