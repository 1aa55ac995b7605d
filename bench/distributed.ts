/**
 * The distributed deployment: submit to decision over HTTP, payments scored a second by 1, 2 and 3 processor processes,
 * what exports cost, what each stage does alone, and how long a killed processor's accounts wait. The event store is
 * the development server of infra/eventstoredb/: what it takes says nothing of a real one.
 *
 * Some phases alone: `--only=processes,stages,latency,recovery,takeover`. The client is the one KAFKA_CLIENT names.
 */
import { loadavg } from 'node:os';
import { type DeploymentEngines, startDeploymentEngines } from '../infra/engines/deployment-engines.ts';
import { EngineUnavailable } from '../infra/engines/engine.ts';
import { quietNegativeTimeouts } from '../infra/kafka/quiet-timeouts.ts';
import { latency } from './distributed/latency.ts';
import { processes } from './distributed/processes.ts';
import { recovery } from './distributed/recovery.ts';
import { stages } from './distributed/stages.ts';
import { takeover } from './distributed/takeover.ts';

quietNegativeTimeouts();

const QUICK = process.argv.includes('--quick');
const PHASES = { processes, stages, latency, recovery, takeover };
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice(7)
  .split(',');

const engines = await started();
try {
  for (const [name, phase] of Object.entries(PHASES)) {
    if (only !== undefined && !only.includes(name)) continue;
    note(`${name}, load ${loadavg()[0]!.toFixed(1)} before`);
    await phase(engines, QUICK);
  }
  note(`load ${loadavg()[0]!.toFixed(1)} after`);
} finally {
  await engines.stop();
}
process.exit();

function note(text: string): void {
  process.stderr.write(`  ${text}\n`);
}

async function started(): Promise<DeploymentEngines> {
  try {
    return await startDeploymentEngines();
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    note(`left out, for it needs Kafka and PostgreSQL: ${error.message}`);
    process.exit();
  }
}
