/** A program that holds a data folder until it is killed: `node hold.fixture.ts DIR`. Says `held` or why not. */
import { openDataFolder } from './data-folder.ts';

try {
  openDataFolder(process.argv[2]!);
  console.log('held');
  setInterval(() => {}, 1_000);
} catch (error) {
  console.log((error as Error).message);
}
