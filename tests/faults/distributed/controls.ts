import { expect, test } from '@jest/globals';
import type { DeploymentEngines } from '../../../infra/engines/deployment-engines.ts';
import type { Comparison, Kind } from '../comparison.ts';
import { newLedger } from '../ledger.ts';
import { FIRST } from '../rules.ts';
import { traffic } from '../traffic.ts';
import { putInForce } from './cluster-campaign.ts';
import { compareVictims } from './holdings.ts';
import { PROVOCATIONS } from './provocations.ts';
import { startVictims } from './victims.ts';
import { type Mechanism, without } from './without.ts';

/** Two where it takes two. */
const PROCESSES = { api: 2, mirror: 1, processor: 2, projector: 1 };
const TEST_LIMIT_MS = 240_000;

/** What the comparison finds when a mechanism is taken out. */
const FOUND: [Mechanism, Kind][] = [
  ['interval check', 'decision'],
  ['expected revision', 'doubled'],
  ['compare-and-set', 'order'],
];

/** That the comparison notices the want of each mechanism on which the deployment stands. */
export function controls(engine: () => DeploymentEngines): void {
  async function provoked(
    mechanisms: readonly Mechanism[],
    environment: Record<string, string> = {},
  ): Promise<Comparison> {
    const ledger = newLedger();
    const payments = traffic('provoked', Date.now(), 60);
    const victims = await startVictims(engine(), { processes: PROCESSES, environment });
    try {
      await putInForce(victims, FIRST);
      for (const mechanism of mechanisms) await PROVOCATIONS[mechanism](victims, ledger, payments);
      return await compareVictims(victims, ledger);
    } finally {
      await victims.remove();
    }
  }

  test(
    'control: with all of them nothing is wrong',
    async () => {
      const { faults, decisions } = await provoked(['interval check', 'expected revision']);
      expect(faults.slice(0, 20)).toEqual([]);
      expect(decisions).toBeGreaterThan(0);
    },
    TEST_LIMIT_MS,
  );

  test.each(FOUND)(
    'control: without the %s something is: %s',
    async (mechanism, kind) => {
      const { faults } = await provoked([mechanism], without(mechanism));
      expect(faults.map((fault) => fault.kind)).toContain(kind);
    },
    TEST_LIMIT_MS,
  );
}
