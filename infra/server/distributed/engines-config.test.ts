import { describe, expect, test } from '@jest/globals';
import { BadConfig } from '../config.ts';
import { enginesConfigOf } from './engines-config.ts';
import { ROLES, rolesOf } from './roles.ts';

const ALL = {
  EVENTSTORE_URL: 'esdb://127.0.0.1:2113?tls=false',
  KAFKA_BROKERS: 'one:9092,two:9092',
  DATABASE_URL: 'postgres://shrike:secret@127.0.0.1/shrike',
};

const fault = (environment: Record<string, string>, options = {}): string => {
  try {
    enginesConfigOf(options, environment);
  } catch (error) {
    if (error instanceof BadConfig) return error.message;
    throw error;
  }
  throw new Error('it was taken');
};

describe('engines of the distributed deployment', () => {
  test('none named is the embedded deployment, an empty name is none', () => {
    expect(enginesConfigOf({}, {})).toBeUndefined();
    expect(enginesConfigOf({}, { EVENTSTORE_URL: '', DATABASE_URL: '' })).toBeUndefined();
  });

  test('all three are taken, options before the environment before what is usual', () => {
    const config = enginesConfigOf(
      { partitions: '3' },
      { ...ALL, SHRIKE_PARTITIONS: '5', SHRIKE_REPLICAS: '2' },
    );
    expect(config).toMatchObject({
      eventStoreUrl: ALL.EVENTSTORE_URL,
      databaseUrl: ALL.DATABASE_URL,
      kafka: { brokers: ['one:9092', 'two:9092'] },
      layout: { generation: 1, partitions: 3, replicas: 2 },
    });
    expect(config!.exports).toBe(true);
    expect(enginesConfigOf({ exports: 'off' }, { ...ALL, SHRIKE_EXPORTS: 'on' })!.exports).toBe(false);
    expect(fault({ ...ALL, SHRIKE_EXPORTS: 'no' })).toBe('--exports (SHRIKE_EXPORTS) is on or off, not "no"');
    expect(enginesConfigOf({}, ALL)!.layout).toEqual({ generation: 1, partitions: 12, replicas: null });
  });

  test('one line says which are missing', () => {
    const { EVENTSTORE_URL, DATABASE_URL } = ALL;
    expect(fault({ EVENTSTORE_URL })).toBe(
      'EVENTSTORE_URL is given, but KAFKA_BROKERS and DATABASE_URL not: give all three for the distributed deployment, none for the embedded one',
    );
    expect(fault({ EVENTSTORE_URL, DATABASE_URL })).toMatch(
      /^EVENTSTORE_URL and DATABASE_URL are given, but KAFKA_BROKERS not/,
    );
  });

  test('what cannot be used is named, and no password repeated', () => {
    expect(fault({ ...ALL, DATABASE_URL: 'mysql://a:secret@b/c' })).toMatch(
      /^DATABASE_URL must be a URL such as/,
    );
    expect(fault({ ...ALL, DATABASE_URL: 'mysql://a:secret@b/c' })).not.toContain('a:secret@b');
    expect(fault({ ...ALL, EVENTSTORE_URL: 'http://x' })).toMatch(
      /^EVENTSTORE_URL must be a URL such as esdb:/,
    );
    expect(fault({ ...ALL, KAFKA_BROKERS: 'nowhere' })).toMatch(/^KAFKA_BROKERS/);
    expect(fault({ ...ALL, SHRIKE_PARTITIONS: '0' })).toBe(
      '--partitions (SHRIKE_PARTITIONS) must be a whole number from 1 to 1024, not "0"',
    );
  });

  test('roles are names with commas between; all without a word', () => {
    expect(rolesOf(undefined)).toEqual([...ROLES]);
    expect(rolesOf('projector, api')).toEqual(['api', 'projector']);
    expect(() => rolesOf('api,mirrors')).toThrow(
      '--roles (SHRIKE_ROLES) takes api, mirror, processor, projector with commas between, not "mirrors"',
    );
  });
});
