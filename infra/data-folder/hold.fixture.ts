/** A program that holds a data folder until it is killed: `node hold.fixture.ts DIR`. Says `held` or why not. */
import { setTimeout } from 'node:timers/promises';
import { openDataFolder } from './data-folder.ts';

try {
  // Nobody refers to it any more: it must be held all the same, also when garbage is collected (--expose-gc).
  openDataFolder(process.argv[2]!);
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await setTimeout(10);
  }
  console.log('held');
  setInterval(() => {}, 1_000);
} catch (error) {
  console.log((error as Error).message);
}
