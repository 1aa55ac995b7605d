import { BadConfig, configOf } from '../../server/config.ts';
import { type RunningServer, startServer } from '../../server/server.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { fileFault } from '../file-fault.ts';
import { interruption } from '../interruption.ts';
import { version } from '../version.ts';

export type ServeOptions = Parameters<typeof configOf>[0] & { json?: boolean };

/** Serves until SIGINT or SIGTERM; a later one ends at once. */
export async function serve({ json = false, ...options }: ServeOptions): Promise<number> {
  const settings = config(options);
  const server = await startServer(settings, { version, report }).catch((error: Error) => {
    throw refusal(settings.data, error);
  });
  const interrupted = interruption();
  process.stdout.write(
    json ? `${JSON.stringify({ url: server.url, firstKeys: server.firstKeys })}\n` : greeting(server),
  );
  await interrupted;
  if (!json) process.stdout.write('stopping: what was accepted is being recorded\n');
  await server.stop();
  return EXIT.ok;
}

function config(options: Parameters<typeof configOf>[0]) {
  try {
    return configOf(options, process.env);
  } catch (error) {
    if (error instanceof BadConfig) throw new CommandFailed(error.message, EXIT.usage);
    throw error;
  }
}

/** A data folder that cannot be made or used is told by its name. */
function refusal(data: string, error: Error): Error {
  return 'syscall' in error ? new CommandFailed(fileFault(`--data ${data}`, error), EXIT.refused) : error;
}

function greeting({ url, firstKeys }: RunningServer): string {
  const keys = firstKeys === undefined ? 'shrike keys list' : firstKeys;
  return `Shrike ${version} serves on ${url}\n  try it   ${url}/docs\n  keys     ${keys}\n  end it   Ctrl-C\n`;
}

function report(error: unknown, correlationId: string): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), correlationId, error: text })}\n`);
}
