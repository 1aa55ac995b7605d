import { expect, test } from '@jest/globals';
import pg from 'pg';
import type { Services } from '../../../api/services.ts';
import { StoreFailed, Unavailable } from '../../../domain/ports.ts';
import { isOutage, tellingOutages } from './outages.ts';

const failing = (error: unknown) => ({ status: () => Promise.reject(error), onLive: () => () => {} });
const told = (error: unknown) => tellingOutages(failing(error) as unknown as Services).status();

test('a database that is not there is told as unavailable, with its own words', async () => {
  const nobody = new pg.Client({ connectionString: 'postgres://x:x@127.0.0.1:1/x' });
  const refused = await nobody.connect().catch((error: unknown) => error);
  await expect(told(refused)).rejects.toThrow(Unavailable);
  await expect(told(refused)).rejects.toThrow(/ECONNREFUSED/);
});

test.each([
  ['57P01', 'terminating connection due to administrator command'],
  ['53300', 'sorry, too many clients already'],
  [undefined, 'Connection terminated unexpectedly'],
  [undefined, 'timeout exceeded when trying to connect'],
])('%s %s is an outage', (code, message) => {
  expect(isOutage(Object.assign(new Error(message), { code }))).toBe(true);
});

test.each([
  ['a refusal', new StoreFailed('it refused an append')],
  ['a duplicate key', Object.assign(new Error('duplicate key value'), { code: '23505' })],
  ['a fault of ours', new TypeError('x is not a function')],
])('%s is none, and stays what it is', async (_, error) => {
  expect(isOutage(error)).toBe(false);
  await expect(told(error)).rejects.toBe(error);
});

test('what answers without a promise answers as before', () => {
  expect(typeof tellingOutages(failing(null) as unknown as Services).onLive(() => {})).toBe('function');
});
