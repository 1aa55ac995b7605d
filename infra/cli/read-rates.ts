import { readFileSync } from 'node:fs';
import { parseRates, type RateTable } from '../../domain/rates.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { fileFault } from './file-fault.ts';

/** The rate table of a file. @throws CommandFailed that names what is wrong with it */
export function readRates(path: string): RateTable {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CommandFailed(fileFault(`--rates ${path}`, error), EXIT.usage);
  }
  const parsed = parseRates(value);
  if ('problems' in parsed) {
    const text = parsed.problems.map(({ field, problem }) => `${field} ${problem}`).join('; ');
    throw new CommandFailed(`--rates ${path}: ${text}`, EXIT.usage);
  }
  return { version: 0, ...parsed.rates };
}
