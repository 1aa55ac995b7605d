import { BadConfig, type Config, configOf } from '../../server/config.ts';
import { type DistributedConfig, distributedConfigOf } from '../../server/distributed/distributed-config.ts';
import { startDistributedServer } from '../../server/distributed/distributed-server.ts';
import { type RunningServer, startServer } from '../../server/server.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { fileFault } from '../file-fault.ts';
import { interruption } from '../interruption.ts';
import { version } from '../version.ts';

export type ServeOptions = Parameters<typeof distributedConfigOf>[1] &
  Parameters<typeof configOf>[0] & { json?: boolean };

/** Serves until SIGINT or SIGTERM; a later one ends at once. */
export async function serve({ json = false, ...options }: ServeOptions): Promise<number> {
  const { settings, distributed } = config(options);
  const context = { version, report };
  const starting =
    distributed === undefined ? startServer(settings, context) : startDistributedServer(distributed, context);
  const server = await starting.catch((error: Error) => {
    throw refusal(settings.data, error);
  });
  const interrupted = interruption();
  process.stdout.write(
    json
      ? `${JSON.stringify({ url: server.url, firstKeys: server.firstKeys })}\n`
      : greeting(server, distributed),
  );
  const problem = await Promise.race([interrupted, server.failed ?? interrupted]);
  if (problem !== undefined) process.stderr.write(`shrike: ${problem}; this process ends\n`);
  else if (!json) process.stdout.write('stopping: what was accepted is being recorded\n');
  await server.stop();
  return problem === undefined ? EXIT.ok : EXIT.refused;
}

function config(options: ServeOptions): { settings: Config; distributed: DistributedConfig | undefined } {
  try {
    const settings = configOf(options, process.env);
    return { settings, distributed: distributedConfigOf(settings, options, process.env) };
  } catch (error) {
    if (error instanceof BadConfig) throw new CommandFailed(error.message, EXIT.usage);
    throw error;
  }
}

/** A data folder that cannot be made or used is told by its name. */
function refusal(data: string, error: Error): Error {
  return 'syscall' in error ? new CommandFailed(fileFault(`--data ${data}`, error), EXIT.refused) : error;
}

function greeting({ url, firstKeys }: RunningServer, distributed: DistributedConfig | undefined): string {
  if (distributed !== undefined && !distributed.roles.includes('api'))
    return `Shrike ${version} works as ${distributed.roles.join(', ')}\n  health   ${url}/health/ready\n  metrics  ${url}/metrics\n  end it   Ctrl-C\n`;
  const roles = distributed === undefined ? '' : `  roles    ${distributed.roles.join(', ')}\n`;
  const keys = firstKeys === undefined ? 'shrike keys list' : firstKeys;
  return `Shrike ${version} serves on ${url}\n${roles}  try it   ${url}/docs\n  keys     ${keys}\n  end it   Ctrl-C\n`;
}

function report(error: unknown, correlationId: string): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), correlationId, error: text })}\n`);
}
