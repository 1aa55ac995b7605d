import type { DeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { mirrorInput, prepareInput } from '../peers/input.ts';
import { shrike } from '../peers/shrike-contenders.ts';
import { throughputOf } from '../peers/throughput.ts';
import { median, report } from '../report.ts';
import { undisturbed } from '../undisturbed.ts';

/** In turns, so that all have the machine of the same time. */
const VARIANTS = [
  { name: '1 processor', processes: 1, exports: false },
  { name: '2 processors', processes: 2, exports: false },
  { name: '3 processors', processes: 3, exports: false },
  { name: '1 processor, with exports', processes: 1, exports: true },
];

/** From a topic filled beforehand into PostgreSQL; one variant beside the others tells what exports cost. */
export async function processes({ kafka, postgres }: DeploymentEngines, quick: boolean): Promise<void> {
  const input = await prepareInput(kafka.url, quick ? 100_000 : 400_000);
  const name = 'stage: mirror, development event store';
  report({ name, value: await mirrorInput(input), unit: 'a second' });
  const found = new Map<string, number[]>(VARIANTS.map((variant) => [variant.name, []]));
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    for (const { name, ...how } of VARIANTS) {
      const { perSecond, cores } = await undisturbed(() => throughputOf(shrike(postgres.url, how), input));
      found.get(name)!.push(perSecond);
      process.stderr.write(`  ${name}: ${Math.round(perSecond)}/s; cores: ${cores}\n`);
    }
  }
  const one = median(found.get('1 processor')!);
  for (const [name, values] of found) {
    const value = median(values);
    const figure = { name: `distributed: ${name}`, value, unit: 'payments/s' };
    report({ ...figure, ratio: value / one, against: '1 processor' });
  }
  await input.remove();
}
