import type { RuleSetProblem } from '../../../domain/rules/rule-set.ts';
import { type ApiAnswer, problemOf } from '../../client/api-client.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { wholeNumber } from '../number-option.ts';
import { problemsText, readText } from '../read-rule-set.ts';
import { type ServerCalls, type ServerOptions, serverOf } from '../server-address.ts';

interface Published {
  name: string;
  version: number;
}

/** Publishes a rule set to a running server, and activates it if asked. */
export async function rulesPublish(
  file: string,
  { reason, ...options }: ServerOptions & { activate: boolean; reason?: string },
): Promise<number> {
  const body = JSON.stringify({ source: readText(file) });
  const server = serverOf(options, 'operate');
  try {
    const answer = await server.call({ method: 'POST', path: '/v1/rulesets', body }, [400]);
    if (answer.status === 400) return refused(file, answer);
    const { name, version } = JSON.parse(answer.body) as Published;
    process.stdout.write(
      `${name} version ${version} ${answer.status === 201 ? 'is published' : 'was published before'}\n`,
    );
    return options.activate ? await activate(server, name, version, reason) : EXIT.ok;
  } finally {
    server.client.close();
  }
}

function refused(file: string, answer: ApiAnswer): number {
  const { errors } = JSON.parse(answer.body) as { errors?: RuleSetProblem[] };
  const isOfRules = errors?.every(({ line }) => line !== undefined) ?? false;
  process.stdout.write(`${isOfRules ? problemsText(file, errors!) : `${file}: ${problemOf(answer)}`}\n`);
  return EXIT.no;
}

/** From the position it names on, new transactions are scored by that version. */
export async function rulesActivate(
  name: string,
  version: string,
  { reason, ...options }: ServerOptions & { reason?: string },
): Promise<number> {
  const wanted = wholeNumber('version', version, 1, Number.MAX_SAFE_INTEGER);
  const server = serverOf(options, 'operate');
  try {
    return await activate(server, name, wanted, reason);
  } finally {
    server.client.close();
  }
}

async function activate(
  server: ServerCalls,
  name: string,
  version: number,
  reason: string | undefined,
): Promise<number> {
  const path = `/v1/rulesets/${encodeURIComponent(name)}/activate`;
  const answer = await server.call(
    { method: 'POST', path, body: JSON.stringify({ version, reason }) },
    [404, 409],
  );
  if (answer.status === 404) {
    throw new CommandFailed(
      `${name} version ${version} was never published; GET /v1/rulesets lists what was`,
      EXIT.refused,
    );
  }
  if (answer.status === 409) throw new CommandFailed(problemOf(answer), EXIT.refused);
  const { position } = JSON.parse(answer.body) as { position: string };
  process.stdout.write(`${name} version ${version} is in force after position ${position}\n`);
  return EXIT.ok;
}
