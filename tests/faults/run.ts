/**
 * `npm run test:faults`: as `npm test`, of this folder alone, with the server killed 100 times
 * (SHRIKE_FAULT_KILLS sets another number, SHRIKE_FAULT_SEED repeats a run’s kills), with each role of a distributed
 * deployment killed 50 times and frozen 50 times, its engines hurt in each way 10 times (SHRIKE_FAULT_DISTRIBUTED sets
 * another number than 50, SHRIKE_FAULT_TRACE=true shows what happens when), and with a disk that fails to sync, which
 * takes strace.
 */
process.env.SHRIKE_FAULT_KILLS ??= '100';
process.env.SHRIKE_FAULT_DISTRIBUTED ??= '50';
process.env.SHRIKE_FAULT_SYNC = 'true';
process.argv.push('tests/faults', '--runInBand');
await import('../run.ts');

export {};
