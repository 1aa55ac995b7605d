import { Command, CommanderError } from 'commander';
import { DataFolderRefused } from '../data-folder/data-folder-refused.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { version } from './version.ts';

const program = new Command('shrike')
  .description('Event-sourced fraud detection: exact windows, readable rules, reproducible decisions')
  .version(version)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`shrike: ${text.replace(/^error: /, '')}`) });

program
  .command('score')
  .description('score a file of transactions through the production fold, with no server')
  .requiredOption('--rules <file>', 'rule set (YAML)')
  .requiredOption('--transactions <file>', 'NDJSON, plain or gzip; - for standard input')
  .option('--out <file>', 'CSV to write; - for standard output', '-')
  .option('--rates <file>', 'rate table (JSON: base, rates); without it the first currency counts alone')
  .option('--strict', 'stop at the first bad line instead of skipping it', false)
  .option('--json', 'totals as JSON on standard error', false)
  .action(async (options) => exitWith(await (await import('./commands/score.ts')).score(options)));

await run();

async function run(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    exitWith(failure(error));
  }
}

function failure(error: unknown): number {
  // Commander has said it already, or it was a call for help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  process.stderr.write(`shrike: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof CommandFailed) return error.exitCode;
  if (error instanceof DataFolderRefused) return EXIT.refused;
  if (process.env.SHRIKE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return EXIT.refused;
}

function exitWith(code: number): void {
  process.exitCode = code;
}
