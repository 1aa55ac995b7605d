import type { RuleSet } from '../../../domain/rules/rule-set.ts';
import { ruleSetDifference } from '../../../domain/rules/rule-set-difference.ts';
import { type ApiAnswer, problemOf } from '../../client/api-client.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { wholeNumber } from '../number-option.ts';
import { readRuleSet } from '../read-rule-set.ts';
import { type ServerCalls, type ServerOptions, serverOf } from '../server-address.ts';

interface Because {
  reason?: string;
}

interface Version {
  name: string;
  version: number;
}

interface Listed extends Version {
  active: boolean;
  retired: boolean;
  publishedBy: string;
  publishedAt: string;
}

interface Step {
  what: string;
  version: number;
  by: string;
  at: string;
  reason: string | null;
}

async function calling(
  options: ServerOptions,
  scope: string,
  work: (server: ServerCalls) => Promise<number>,
) {
  const server = serverOf(options, scope);
  try {
    return await work(server);
  } finally {
    server.client.close();
  }
}

function told(answer: ApiAnswer): unknown {
  if (answer.status >= 400) throw new CommandFailed(problemOf(answer), EXIT.refused);
  return JSON.parse(answer.body);
}

/** Puts what was in force before back in force. */
export const rulesRollBack = ({ reason, ...options }: ServerOptions & Because): Promise<number> =>
  calling(options, 'operate', async (server) => {
    const body = JSON.stringify({ reason });
    const answer = told(await server.call({ method: 'POST', path: '/v1/rulesets/rollback', body }, [409]));
    const { name, version, position } = answer as Version & { position: string };
    process.stdout.write(`${name} version ${version} is in force again after position ${position}\n`);
    return EXIT.ok;
  });

export const rulesRetire = (
  name: string,
  version: string,
  { reason, ...options }: ServerOptions & { reason: string },
): Promise<number> =>
  calling(options, 'operate', async (server) => {
    const body = JSON.stringify({ version: versionOf(version), reason });
    const path = `/v1/rulesets/${encodeURIComponent(name)}/retire`;
    told(await server.call({ method: 'POST', path, body }, [404, 409]));
    process.stdout.write(`${name} version ${version} is retired\n`);
    return EXIT.ok;
  });

/** Every version, and which is in force. */
export const rulesList = ({ json, ...options }: ServerOptions & { json: boolean }): Promise<number> =>
  calling(options, 'read', async (server) => {
    const { ruleSets } = told(await server.call({ method: 'GET', path: '/v1/rulesets' })) as {
      ruleSets: Listed[];
    };
    const line = ({ name, version, active, retired, publishedBy, publishedAt }: Listed): string => {
      const state = active ? 'in force' : retired ? 'retired' : 'published';
      return `${name} ${version}  ${state}, published ${publishedAt} by ${publishedBy}\n`;
    };
    process.stdout.write(json ? `${JSON.stringify(ruleSets)}\n` : ruleSets.map(line).join(''));
    return EXIT.ok;
  });

/** What was done with the versions of a rule set, by whom and why. */
export const rulesHistory = (
  name: string,
  { json, ...options }: ServerOptions & { json: boolean },
): Promise<number> =>
  calling(options, 'read', async (server) => {
    const path = `/v1/rulesets/${encodeURIComponent(name)}/history`;
    const { steps } = told(await server.call({ method: 'GET', path }, [404])) as { steps: Step[] };
    const line = ({ at, version, what, by, reason }: Step): string =>
      `${at}  version ${version} ${what} by ${by}${reason === null ? '' : `: ${reason}`}\n`;
    process.stdout.write(json ? `${JSON.stringify(steps)}\n` : steps.map(line).join(''));
    return EXIT.ok;
  });

/** What the second says otherwise than the first: two published versions, NAME@VERSION, or two files. */
export async function rulesDiff(first: string, second: string, options: ServerOptions & { json: boolean }) {
  const [from, to] = [first, second].map(publishedVersion);
  if ((from === undefined) !== (to === undefined)) {
    throw new CommandFailed('compare two files, or two versions such as cards@1 cards@2', EXIT.usage);
  }
  const differences =
    from === undefined || to === undefined
      ? ruleSetDifference(await fileOf(first), await fileOf(second))
      : await publishedDifference(from, to, options);
  const lines = differences.length === 0 ? ['both decide and record the same'] : differences;
  process.stdout.write(options.json ? `${JSON.stringify(differences)}\n` : `${lines.join('\n')}\n`);
  return EXIT.ok;
}

const fileOf = (path: string): Promise<RuleSet> => readRuleSet(path);

async function publishedDifference(from: Version, to: Version, options: ServerOptions): Promise<string[]> {
  const server = serverOf(options, 'read');
  try {
    const name = encodeURIComponent(to.name);
    const query = `from=${from.version}&fromName=${encodeURIComponent(from.name)}`;
    const path = `/v1/rulesets/${name}/versions/${to.version}/difference?${query}`;
    return (told(await server.call({ method: 'GET', path }, [404])) as { differences: string[] }).differences;
  } finally {
    server.client.close();
  }
}

function publishedVersion(text: string): Version | undefined {
  const found = /^([a-z][a-z0-9-]*)@([1-9]\d{0,8})$/.exec(text);
  return found === null ? undefined : { name: found[1]!, version: Number(found[2]) };
}

const versionOf = (text: string): number => wholeNumber('version', text, 1, Number.MAX_SAFE_INTEGER);
