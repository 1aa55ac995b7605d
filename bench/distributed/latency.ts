import type { DeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { newDistributedHome } from '../../tests/support/distributed.ts';
import { activate, askingOf, importHistory } from '../asking.ts';
import { cpuOfChildren } from '../cpu-of-children.ts';
import { type Load, quantiles, startLoad } from '../load.ts';
import { report } from '../report.ts';
import { THIRTY_RULES } from '../rules.ts';
import { undisturbed } from '../undisturbed.ts';

const RATES = [250, 500, 750, 1_000, 1_250, 1_500, 2_000];
const P99_LIMIT_MS = 100;
const STEADY_PER_SECOND = 1_000;

interface Measured {
  p50: number;
  p99: number;
  decided: number;
  count: number;
  /** Cores that other work of the machine had. */
  elsewhere: number;
}

type Measure = (perSecond: number, seconds: number) => Promise<Measured>;

/**
 * Submit to decision over HTTP, a process a role, as a client that waits sees it. A latency counts from the time its
 * request was due; load, brokers, database and event store run on the same processors.
 */
export async function latency(engines: DeploymentEngines, quick: boolean): Promise<void> {
  const home = newDistributedHome(engines, ['api', 'mirror', 'processor', 'projector']);
  const load = startLoad();
  try {
    const { url, keys } = await home.start();
    const ask = askingOf(url, keys);
    await activate(ask, THIRTY_RULES);
    await importHistory(ask, quick ? 5_000 : 50_000);
    const measure = measuring(load, url, keys.submit);
    // The first seconds are spent compiling, and on the history.
    await measure(100, quick ? 3 : 20);
    await measure(250, quick ? 3 : 10);
    const highest = await highestRate(measure, quick ? 3 : 15);
    const name = `distributed: highest rate with p99 <= ${P99_LIMIT_MS} ms, 30 rules`;
    report({ name, value: highest, unit: '1/s', ratio: highest / STEADY_PER_SECOND, against: '1000/s' });
    const rate = Math.min(highest, STEADY_PER_SECOND);
    if (rate === 0) return;
    const { p50, p99 } = await undisturbed(() => measure(rate, quick ? 5 : 60));
    report({ name: `distributed: submit to decision at ${rate}/s, 30 rules, p50`, value: p50, unit: 'ms' });
    report({ name: `distributed: submit to decision at ${rate}/s, 30 rules, p99`, value: p99, unit: 'ms' });
  } finally {
    load.close();
    await home.remove();
  }
}

function measuring(load: Load, url: string, key: string): Measure {
  const { hostname: host, port } = new URL(url);
  return async (ratePerSecond, seconds) => {
    const coresOf = cpuOfChildren();
    const target = { host, port: Number(port), key, waitSeconds: 5, connections: 2_000 };
    const { latenciesMs, statuses } = await load.run({ ...target, seconds, ratePerSecond });
    const { cores, elsewhere } = coresOf();
    const at = quantiles(latenciesMs);
    const found = {
      p50: at(0.5),
      p99: at(0.99),
      decided: statuses[200] ?? 0,
      count: latenciesMs.length,
      elsewhere,
    };
    process.stderr.write(
      `  ${ratePerSecond}/s for ${seconds} s: p50 ${found.p50.toFixed(1)}  p99 ${found.p99.toFixed(1)}  max ${at(1).toFixed(0)} ms, ${found.decided} of ${found.count} decided; cores: ${cores}\n`,
    );
    return found;
  };
}

async function highestRate(measure: Measure, seconds: number): Promise<number> {
  let highest = 0;
  for (const rate of RATES) {
    const { p99, decided, count } = await undisturbed(() => measure(rate, seconds));
    if (p99 > P99_LIMIT_MS || decided < count) break;
    highest = rate;
  }
  return highest;
}
