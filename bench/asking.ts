import type { Scope } from '../api/services.ts';
import { ACCOUNTS, paymentJson } from './payments.ts';

/** With a body it is a POST. @throws Error where the answer is not 2xx */
export type Ask = (path: string, scope: Scope, body?: string, type?: string) => Promise<string>;

export function askingOf(url: string, keys: Record<Scope, string>): Ask {
  return async (path, scope, body, type = 'application/json') => {
    const headers = { authorization: `Bearer ${keys[scope]}` };
    const answer = await fetch(
      url + path,
      body === undefined
        ? { headers }
        : { method: 'POST', headers: { ...headers, 'content-type': type }, body },
    );
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 500)}`);
    return text;
  };
}

/** Puts a rule set in force. */
export async function activate(ask: Ask, source: string): Promise<void> {
  const { name, version } = JSON.parse(await ask('/v1/rulesets', 'operate', source, 'application/yaml'));
  await ask(`/v1/rulesets/${name}/activate`, 'operate', JSON.stringify({ version }));
}

const LINES_A_BATCH = 5_000;

/** Hands in payments of all accounts in turn, over the six days before now. */
export async function importHistory(ask: Ask, payments: number): Promise<void> {
  for (const lines of historyBatches(payments)) {
    await ask('/v1/transactions/batch?origin=import', 'operate', lines, 'application/x-ndjson');
  }
}

/** NDJSON. */
function* historyBatches(payments: number): Generator<string> {
  const now = Date.now();
  for (let from = 0; from < payments; from += LINES_A_BATCH) {
    const lines = Array.from({ length: Math.min(LINES_A_BATCH, payments - from) }, (_, i) => {
      const number = from + i;
      const agoMs = ((payments - number) / payments) * 6 * 86_400_000;
      return paymentJson(`history-${number}`, number % ACCOUNTS, now - agoMs);
    });
    yield lines.join('\n');
  }
}
