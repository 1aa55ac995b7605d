import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ApiAnswer,
  type ApiClient,
  type ApiRequest,
  connectTo,
  problemOf,
} from '../client/api-client.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';

export interface ServerOptions {
  url: string;
  /** Token of an API key; without it that of the scope in `<data>/first-keys.json`. */
  key?: string;
  data: string;
}

/** A running server as a command speaks to it. */
export interface ServerCalls {
  client: ApiClient;
  token: string;
  /**
   * @param expected statuses from 400 on that the caller deals with
   * @throws CommandFailed where the server cannot be reached or refuses
   */
  call(request: Omit<ApiRequest, 'key'>, expected?: readonly number[]): Promise<ApiAnswer>;
}

export function serverOf({ url, key, data }: ServerOptions, scope: string, connections = 1): ServerCalls {
  if (!isHttpUrl(url)) {
    throw new CommandFailed(`--url must be such as http://127.0.0.1:8080, not "${url}"`, EXIT.usage);
  }
  const token = key ?? process.env.SHRIKE_KEY ?? firstToken(data, scope);
  const client = connectTo(url, connections);
  return {
    client,
    token,
    async call(request, expected = []) {
      const answer = await client.send({ ...request, key: token }).catch((error: Error) => {
        throw new CommandFailed(
          `${error.message}; is the server running? (npm start, or --url)`,
          EXIT.refused,
        );
      });
      if (answer.status >= 400 && !expected.includes(answer.status))
        throw new CommandFailed(problemOf(answer), EXIT.refused);
      return answer;
    },
  };
}

function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}

function firstToken(data: string, scope: string): string {
  const path = join(data, 'first-keys.json');
  try {
    const token = (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)[scope];
    if (typeof token === 'string') return token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  throw new CommandFailed(
    `a key of scope ${scope} is needed: give --key or SHRIKE_KEY (no such token in ${path})`,
    EXIT.usage,
  );
}
