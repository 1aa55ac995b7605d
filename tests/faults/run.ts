/**
 * `npm run test:faults`: as `npm test`, of this folder alone, with the server killed 100 times
 * (SHRIKE_FAULT_KILLS sets another number, SHRIKE_FAULT_SEED repeats a run's kills).
 */
process.env.SHRIKE_FAULT_KILLS ??= '100';
process.argv.push('tests/faults', '--runInBand');
await import('../run.ts');

export {};
