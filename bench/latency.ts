/**
 * Submit to decision over HTTP, durable append included, as a client that waits sees it: first at 1,000 a second,
 * then ever faster while the answers still come in time. The load keeps its rate whatever the server does, and a
 * latency counts from the time its request was due; it runs on the same processors as the server.
 */
import { type Load, quantiles, startLoad } from './load.ts';
import { report } from './report.ts';
import { THIRTY_RULES } from './rules.ts';
import { type Served, startServed } from './served.ts';

const quick = process.argv.includes('--quick');
const HISTORY = quick ? 20_000 : 100_000;
const STEADY_SECONDS = quick ? 5 : 30;
const STEP_SECONDS = quick ? 3 : 10;
const RATES = [1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 4_500, 5_000, 6_000, 7_000, 8_000, 10_000];
/** A step that fails for what else the machine did is given another chance. */
const TRIES = 2;
/** What prom-client's histogram of the event loop shows while nothing happens: the period of its timer. */
const LAG_RESOLUTION_MS = 10;

const ALERTS = 'shrike_risk{what="alerts"}';

interface Measured {
  perSecond: number;
  p50: number;
  p99: number;
  p999: number;
  decided: number;
  count: number;
  alertedPercent: number;
  loopP99Ms: number;
  loopMaxMs: number;
  cpuUs: number;
}

async function measure(
  load: Load,
  server: Served,
  ratePerSecond: number,
  seconds: number,
): Promise<Measured> {
  const before = await server.metrics();
  const { host, port, keys } = server;
  const result = await load.run({
    host,
    port,
    key: keys.submit,
    waitSeconds: 5,
    seconds,
    ratePerSecond,
    connections: 2_000,
  });
  // Read only now: the histogram of the event loop begins anew with each reading.
  const after = await server.metrics();
  const at = quantiles(result.latenciesMs);
  const count = result.latenciesMs.length;
  const lagMs = (name: string) =>
    Math.max(0, after(`nodejs_eventloop_lag_${name}_seconds`) * 1_000 - LAG_RESOLUTION_MS);
  const alerts = after(ALERTS) - before(ALERTS);
  const cpuSeconds = after('process_cpu_seconds_total') - before('process_cpu_seconds_total');
  const measured: Measured = {
    perSecond: result.perSecond,
    p50: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
    decided: result.statuses[200] ?? 0,
    count,
    alertedPercent: (100 * alerts) / count,
    loopP99Ms: lagMs('p99'),
    loopMaxMs: lagMs('max'),
    cpuUs: (cpuSeconds * 1e6) / count,
  };
  const { p50, p99, p999, decided, alertedPercent, loopP99Ms, loopMaxMs, cpuUs } = measured;
  process.stderr.write(
    `  ${ratePerSecond}/s: p50 ${p50.toFixed(1)}  p99 ${p99.toFixed(1)}  p99.9 ${p999.toFixed(1)}  max ${at(1).toFixed(0)} ms, ${decided} of ${count} decided, ${alertedPercent.toFixed(1)} % alerted, event loop p99 ${loopP99Ms.toFixed(1)} max ${loopMaxMs.toFixed(1)} ms, ${cpuUs.toFixed(0)} us CPU\n`,
  );
  return measured;
}

const inTime = ({ p99, p999, decided, count }: Measured) => p99 <= 25 && p999 <= 100 && decided === count;

async function highestRate(load: Load, server: Served): Promise<number> {
  let highest = 0;
  for (const rate of RATES) {
    let held = false;
    for (let tries = 0; tries < TRIES && !held; tries++)
      held = inTime(await measure(load, server, rate, STEP_SECONDS));
    if (!held) break;
    highest = rate;
  }
  return highest;
}

const load = startLoad();
const server = await startServed();
try {
  await server.activate(THIRTY_RULES);
  await server.importHistory(HISTORY);
  // The first seconds are spent compiling.
  await measure(load, server, 500, quick ? 2 : 5);
  await measure(load, server, 1_000, quick ? 2 : 5);
  const steady = await measure(load, server, 1_000, STEADY_SECONDS);
  const name = `submit to decision at 1000/s, 30 rules`;
  report({ name: `${name}, p50`, value: steady.p50, unit: 'ms', ratio: steady.p50 / 5, against: '5 ms' });
  report({ name: `${name}, p99`, value: steady.p99, unit: 'ms', ratio: steady.p99 / 25, against: '25 ms' });
  report({
    name: `${name}, p99.9`,
    value: steady.p999,
    unit: 'ms',
    ratio: steady.p999 / 100,
    against: '100 ms',
  });
  const against = '10 ms';
  report({
    name: 'event loop held at 1000/s, p99',
    value: steady.loopP99Ms,
    unit: 'ms',
    ratio: steady.loopP99Ms / 10,
    against,
  });
  report({
    name: 'event loop held at 1000/s, longest',
    value: steady.loopMaxMs,
    unit: 'ms',
    ratio: steady.loopMaxMs / 10,
    against,
  });
  report({ name: 'processor time of the server a submission', value: steady.cpuUs, unit: 'us' });
  const highest = await highestRate(load, server);
  report({
    name: 'highest rate with p99 <= 25 ms and p99.9 <= 100 ms, 30 rules',
    value: highest,
    unit: '1/s',
    ratio: highest / 5_000,
    against: '5000/s',
  });
} finally {
  load.close();
  await server.stop();
}
