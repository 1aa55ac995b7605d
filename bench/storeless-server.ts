/**
 * The server of bench/http.ts that does everything for a submission but store it: the same HTTP, keys, door and answer.
 * Its one line on standard output is as `shrike serve --json`.
 */
import { rmSync } from 'node:fs';
import { Registry } from 'prom-client';
import { buildServer } from '../api/server.ts';
import type { Services } from '../api/services.ts';
import { CARD_NUMBER_FIELDS } from '../domain/door/card-number-problems.ts';
import type { StoreClient } from '../infra/event-store/store-client.ts';
import { ensureFirstKeys } from '../infra/keys/first-keys.ts';
import { keyFilePath } from '../infra/keys/key-file.ts';
import { openKeyRing } from '../infra/keys/key-ring.ts';
import { type SubmittingOptions, submitting } from '../infra/server/services/submitting.ts';

const folder = process.argv[2]!;
const firstKeys = ensureFirstKeys(folder);
const keys = openKeyRing(keyFilePath(folder), console.error);
let position = 0;
const store = {
  submit: async () => ({ kind: 'accepted', revision: 0, position: ++position }),
} as unknown as StoreClient;
const services = {
  ...submitting({
    store,
    rates: () => ({ version: 1, base: 'EUR', rates: {} }),
    latenessMs: 7 * 86_400_000,
    cardNumberFields: new Set(CARD_NUMBER_FIELDS),
    onWithoutRate: () => {},
  } as unknown as SubmittingOptions),
  metrics: new Registry(),
  authenticate: (token: string) => keys.authenticate(token),
} as unknown as Services;

const app = buildServer(services, { version: 'bench', report: console.error });
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ url, firstKeys })}\n`);
process.once('SIGTERM', async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});
