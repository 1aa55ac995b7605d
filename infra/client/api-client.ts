import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface ApiAnswer {
  status: number;
  body: string;
  /** What a Retry-After header asks for, in milliseconds; undefined where there is none. */
  retryAfterMs: number | undefined;
}

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT';
  /** With query, e.g. `/v1/transactions`. */
  path: string;
  key: string;
  body?: string;
  contentType?: string;
  prefer?: string;
}

/** A client of one server over connections that stay open. */
export interface ApiClient {
  /** @throws Error where the server cannot be reached */
  send(request: ApiRequest): Promise<ApiAnswer>;
  close(): void;
}

/** @param connections at most so many requests are under way at once; more wait */
export function connectTo(url: string, connections: number): ApiClient {
  const base = new URL(url);
  const isTls = base.protocol === 'https:';
  const agentOptions = { keepAlive: true, maxSockets: connections, noDelay: true };
  const agent = isTls ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const open = isTls ? httpsRequest : httpRequest;
  return {
    send: ({ method, path, key, body, contentType = 'application/json', prefer }) =>
      new Promise((resolve, reject) => {
        const headers: OutgoingHttpHeaders = { authorization: `Bearer ${key}` };
        if (prefer !== undefined) headers.prefer = prefer;
        if (body !== undefined) {
          headers['content-type'] = contentType;
          headers['content-length'] = Buffer.byteLength(body);
        }
        const request = open(new URL(path, base), { method, agent, headers }, (response) =>
          readAnswer(response).then(resolve, reject),
        );
        request.on('error', (error) => reject(new Error(`${base.origin} did not answer: ${error.message}`)));
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}

async function readAnswer(response: IncomingMessage): Promise<ApiAnswer> {
  response.setEncoding('utf8');
  let body = '';
  for await (const chunk of response) body += chunk;
  const retryAfterSeconds = Number(response.headers['retry-after']);
  return {
    status: response.statusCode ?? 0,
    body,
    retryAfterMs: Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1_000 : undefined,
  };
}

/** What an answer says went wrong: the problem's detail, else the start of its body. */
export function problemOf({ status, body }: ApiAnswer): string {
  try {
    const { title, detail } = JSON.parse(body) as { title?: unknown; detail?: unknown };
    if (typeof detail === 'string') return `${status} ${String(title ?? '')}: ${detail}`;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return `${status} ${body.slice(0, 200)}`;
}
