import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { listsAsked, type PlacedLists, readPlacedLists } from '../files/placed-lists.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { fileFault } from './file-fault.ts';

/**
 * The changes of lists in the file of `--lists`. Standard error hears which lists rules ask that it does not name: of
 * these nothing is listed, and what rules make of them must not look as if it were so.
 * @param path undefined where none was given
 * @param tell hears of each bad line
 * @throws CommandFailed, at the first bad line if strict
 */
export async function readLists(
  path: string | undefined,
  ruleSets: readonly RuleSet[],
  tell: (line: number, problem: string) => void,
  strict: boolean,
): Promise<PlacedLists | undefined> {
  const asked = listsAsked(ruleSets);
  if (path === undefined) {
    tellEmpty([...asked.keys()], '--lists is not given');
    return undefined;
  }
  const onProblem = (line: number, problem: string) => {
    tell(line, problem);
    if (strict) throw new CommandFailed(`list line ${line} ${problem}`, EXIT.usage);
  };
  const lists = await readPlacedLists(path, asked, onProblem).catch((error: Error) => {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(fileFault(`--lists ${path}`, error), EXIT.usage);
  });
  if (lists.unasked > 0)
    process.stderr.write(`${path}: ${lists.unasked} lines are of lists that no rule asks\n`);
  tellEmpty(lists.missing, `${path} has no line of it`);
  return lists;
}

function tellEmpty(names: readonly string[], why: string): void {
  for (const name of names) process.stderr.write(`the list ${name} is taken as empty: ${why}\n`);
}
