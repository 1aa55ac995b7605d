/**
 * `node tests/canonical/make-histories.ts`: writes the transactions and labels of those histories that have none. What
 * is there stays: a history is kept as a file, whatever becomes of this program.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { folderOf } from './history.ts';
import { type HistoryShape, historyOf } from './payments.ts';

const MINUTE_MS = 60_000;

const SHAPES: Record<string, HistoryShape> = {
  accounts: {
    seed: 'canonical accounts',
    transactions: 1_200,
    accounts: 40,
    merchants: 30,
    everyMs: 150 * MINUTE_MS,
    currencies: ['EUR', 'EUR', 'EUR', 'USD', 'JPY', 'KWD', 'CHF'],
    amountMinor: (random) => (random.perMille(30) ? 0 : random.between(1, 10 ** random.between(1, 6))),
    fraudsPerMille: 60,
  },
  entities: {
    seed: 'canonical entities',
    transactions: 1_200,
    accounts: 80,
    merchants: 25,
    everyMs: 120 * MINUTE_MS,
    currencies: ['EUR'],
    amountMinor: (random) => random.between(1, 10 ** random.between(2, 5)),
    fraudsPerMille: 120,
  },
  amounts: {
    seed: 'canonical amounts',
    transactions: 400,
    accounts: 8,
    merchants: 4,
    everyMs: 60 * MINUTE_MS,
    currencies: ['EUR', 'EUR', 'USD', 'JPY', 'KWD', 'CLF', 'CHF'],
    amountMinor: (random) =>
      random.perMille(400)
        ? Number.MAX_SAFE_INTEGER - random.below(4)
        : random.between(0, 10 ** random.between(1, 15)),
    fraudsPerMille: 0,
  },
};

for (const [name, shape] of Object.entries(SHAPES)) {
  const { transactions, labels } = historyOf(shape);
  write(name, 'transactions', transactions);
  if (labels.length > 0) write(name, 'labels', labels);
}

function write(history: string, file: string, values: readonly object[]): void {
  const path = `${folderOf(history)}/${file}.ndjson.gz`;
  if (existsSync(path)) return void process.stdout.write(`${path} stays as it is\n`);
  writeFileSync(path, gzipSync(values.map((value) => `${JSON.stringify(value)}\n`).join(''), { level: 9 }));
  process.stdout.write(`${path} written, ${values.length} lines\n`);
}
