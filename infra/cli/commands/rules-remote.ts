import { EXIT } from '../exit-codes.ts';
import { readText } from '../read-rule-set.ts';
import { type ServerCalls, type ServerOptions, serverOf } from '../server-address.ts';

interface Published {
  name: string;
  version: number;
}

/** Publishes a rule set to a running server, and activates it if asked. */
export async function rulesPublish(file: string, options: ServerOptions & { activate: boolean }): Promise<number> {
  const body = JSON.stringify({ source: readText(file) });
  const server = serverOf(options, 'operate');
  try {
    const answer = await server.call({ method: 'POST', path: '/v1/rulesets', body });
    const { name, version } = JSON.parse(answer.body) as Published;
    process.stdout.write(`${name} version ${version} ${answer.status === 201 ? 'is published' : 'was published before'}\n`);
    return options.activate ? await activate(server, name, version) : EXIT.ok;
  } finally {
    server.client.close();
  }
}

/** From the position it names on, new transactions are scored by that version. */
export async function rulesActivate(name: string, version: string, options: ServerOptions): Promise<number> {
  const server = serverOf(options, 'operate');
  try {
    return await activate(server, name, Number(version));
  } finally {
    server.client.close();
  }
}

async function activate(server: ServerCalls, name: string, version: number): Promise<number> {
  const path = `/v1/rulesets/${encodeURIComponent(name)}/activate`;
  const answer = await server.call({ method: 'POST', path, body: JSON.stringify({ version }) });
  const { position } = JSON.parse(answer.body) as { position: string };
  process.stdout.write(`${name} version ${version} is in force after position ${position}\n`);
  return EXIT.ok;
}
