import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';

/** Runs a program that is done with 3. @returns its exit code, what it printed and how long it took, ms */
async function run(program: string) {
  const url = new URL('./end-process.ts', import.meta.url).href;
  const source = `import { endProcess } from ${JSON.stringify(url)};\n${program}\nconst done = performance.now();
    process.on('exit', () => process.stdout.write(String(performance.now() - done)));\nendProcess(3);`;
  const child = spawn('node', ['--input-type=module-typescript', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (bytes) => {
    printed += bytes;
  });
  const [code] = await once(child, 'close');
  return { code, tookMs: Number(printed) };
}

test('a process that has nothing more to do ends at once', async () => {
  const { code, tookMs } = await run('');
  expect(code).toBe(3);
  expect(tookMs).toBeLessThan(1_500);
});

test('one that something keeps ends all the same', async () => {
  const { code, tookMs } = await run('setInterval(() => {}, 1_000);');
  expect(code).toBe(3);
  expect(tookMs).toBeGreaterThan(1_500);
});
