import { existsSync } from 'node:fs';
import { SealChain } from '../../../processors/seal-chain.ts';
import { type HistoryAddress, openHistory } from '../../backtest/history-store.ts';
import { dataPaths } from '../../data-folder/data-folder.ts';
import type { LayoutOptions } from '../../server/distributed/engines-config.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { namedEngines } from '../named-engines.ts';

export type SealsOptions = LayoutOptions & { data: string; json: boolean };

/** Says up to where decisions are sealed, from the store alone. Whether the seals hold is what `verify` tells. */
export async function showSeals(options: SealsOptions, isFolderGiven: boolean): Promise<number> {
  const engines = isFolderGiven ? undefined : namedEngines(options);
  const store = openHistory(
    engines === undefined ? fileOf(options.data) : { kind: 'eventstore', url: engines.eventStoreUrl },
  );
  try {
    const chain = new SealChain(store);
    await chain.readOn();
    const { count: seals, decisions, position: through, last } = chain;
    const told = { seals, decisions, through, head: await store.head(), last };
    process.stdout.write(options.json ? `${JSON.stringify(told)}\n` : report(told));
    return EXIT.ok;
  } finally {
    await store.close();
  }
}

/** @throws CommandFailed */
function fileOf(data: string): HistoryAddress {
  const { facts } = dataPaths(data);
  if (existsSync(facts)) return { kind: 'file', path: facts };
  throw new CommandFailed(`${data} is no data folder: it has no facts.db`, EXIT.usage);
}

interface Told {
  seals: number;
  decisions: number;
  through: number;
  head: number;
  last: SealChain['last'];
}

function report({ seals, decisions, through, head, last }: Told): string {
  if (last === null) return `no seals yet; the store ends at position ${head}\n`;
  return [
    `${seals} ${seals === 1 ? 'seal' : 'seals'} of ${decisions} decisions, up to position ${through} of ${head}`,
    `the last: (${last.from}, ${last.to}], ${last.count} decisions, sealed ${last.at}, digest ${last.digest}\n`,
  ].join('\n');
}
