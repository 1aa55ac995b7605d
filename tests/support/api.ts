import type { Deployment } from './deployment.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what stands in it is what the tests are about.
  body: any;
}

export interface Sent {
  method?: string;
  /** Sent as JSON, unless it is text. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** Speaks to a deployment as one of its users. */
export interface Api {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
}

export function apiWith(deployment: Pick<Deployment, 'url'>, key: string): Api {
  const call = (path: string, sent: Sent) => send(deployment.url + path, key, sent);
  return {
    get: (path, headers = {}) => call(path, { headers }),
    post: (path, body, headers = {}) => call(path, { method: 'POST', body, headers }),
    put: (path, body) => call(path, { method: 'PUT', body }),
    delete: (path) => call(path, { method: 'DELETE' }),
  };
}

async function send(url: string, key: string, { method = 'GET', body, headers = {} }: Sent): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: bodyOf(response, text) };
}

function bodyOf(response: Response, text: string): unknown {
  const type = response.headers.get('content-type') ?? '';
  return /^application\/(problem\+)?json/.test(type) ? JSON.parse(text) : text;
}

export interface LiveEvent {
  id: string;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  data: any;
}

/** Listens to the live feed until `isEnough`. */
export async function listen(
  { url, keys }: Deployment,
  isEnough: (events: readonly LiveEvent[]) => boolean,
  { lastEventId, onOpen }: { lastEventId?: string; onOpen?: () => void } = {},
): Promise<LiveEvent[]> {
  const leaving = new AbortController();
  const headers: Record<string, string> = { authorization: `Bearer ${keys.read}` };
  if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
  const response = await fetch(`${url}/v1/live`, { headers, signal: leaving.signal });
  onOpen?.();
  const events: LiveEvent[] = [];
  let rest = '';
  try {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const frames = (rest + chunk).split('\n\n');
      rest = frames.pop()!;
      events.push(...frames.flatMap(eventOf));
      if (isEnough(events)) break;
    }
    return events;
  } finally {
    leaving.abort();
  }
}

function eventOf(frame: string): LiveEvent[] {
  const fields = new Map(frame.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]));
  const data = fields.get('data');
  return data === undefined
    ? []
    : [{ id: fields.get('id')!, event: fields.get('event')!, data: JSON.parse(data) }];
}
