/**
 * `npm run test:faults`: as `npm test`, of this folder alone, with the server killed 100 times
 * (SHRIKE_FAULT_KILLS sets another number, SHRIKE_FAULT_SEED repeats a run’s kills), and with a disk that fails to sync,
 * which takes strace.
 */
process.env.SHRIKE_FAULT_KILLS ??= '100';
process.env.SHRIKE_FAULT_SYNC = 'true';
process.argv.push('tests/faults', '--runInBand');
await import('../run.ts');

export {};
