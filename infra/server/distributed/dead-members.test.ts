import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { describeWith, engineOf } from '../../../tests/support/with-engine.ts';
import { startDeploymentEngines } from '../../engines/deployment-engines.ts';
import { GroupMemberships, type Membership } from '../../kafka/group-memberships.ts';
import { SESSION_TIMEOUT_MS } from '../../kafka/kafka-client.ts';
import { openClient } from '../../kafka/open-client.ts';
import { eventually, RecordingMember } from '../../kafka/testing/recording-member.ts';
import { CLIENTS, settingsOf } from '../../kafka/testing/settings.ts';
import { TopicAdmin } from '../../kafka/topic-admin.ts';
import { openPostgres } from '../../postgres/open-postgres.ts';
import { signOfLife, withoutSignOfLife } from '../../postgres/sign-of-life.ts';
import { tempSchema } from '../../postgres/testing/temp-schema.ts';
import { DeadMembers } from './dead-members.ts';

const PARTITIONS = 4;
const PREFIX = 'test-member-';
/** Far less than the session that Kafka would wait for. */
const SOON_MS = SESSION_TIMEOUT_MS / 2;
const FIXTURE = new URL('./living-member.fixture.ts', import.meta.url).pathname;

describe('who is made to leave', () => {
  let members: Membership[];
  let lifeless: string[];
  let removed: string[];
  let watch: DeadMembers;
  beforeEach(() => {
    members = [member('a'), member('b'), { memberId: 'm-other', clientId: 'other' }];
    lifeless = [];
    removed = [];
    watch = new DeadMembers({
      memberships: {
        list: async () => members,
        remove: async (memberIds) => void removed.push(...memberIds),
      },
      lifeless: async (names) => new Set(names.filter((name) => lifeless.includes(name))),
      showsLife: (clientId) => clientId.startsWith(PREFIX),
      everyMs: 3_600_000,
      report: (error) => expect(error).toBeUndefined(),
    });
  });
  afterEach(() => watch.close());

  test('one that two looks in a row find lifeless', async () => {
    await watch.look();
    lifeless = [`${PREFIX}a`];
    expect(await watch.look()).toEqual([]);
    expect(await watch.look()).toEqual([member('a')]);
    expect(removed).toEqual(['m-a']);
  });

  test('nobody whose sign comes back between two looks, as all do after the database was away', async () => {
    lifeless = [`${PREFIX}a`, `${PREFIX}b`];
    await watch.look();
    lifeless = [];
    await watch.look();
    lifeless = [`${PREFIX}a`];
    await watch.look();
    expect(removed).toEqual([]);
  });

  test('nobody who would show no sign of life anyway', async () => {
    lifeless = ['other'];
    for (let look = 0; look < 3; look++) await watch.look();
    expect(removed).toEqual([]);
  });
});

const engines = await engineOf(() => startDeploymentEngines());

describeWith('the members of a group whose process is dead', engines, (engine) => {
  let schema: Awaited<ReturnType<typeof tempSchema>>;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    schema = await tempSchema(engine().postgres.url);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await schema.drop();
  });

  test.each(CLIENTS)(
    'leave within seconds, Kafka alone would wait for their session; one that lives comes back by itself (%s)',
    async (client) => {
      const settings = settingsOf(engine().kafka.url, client);
      const [topic, group] = [`dead-${randomUUID()}`, `dead-${randomUUID()}`];
      await new TopicAdmin(settings).create([
        { name: topic, partitions: PARTITIONS, replicas: null, config: {} },
      ]);
      const clientId = `${PREFIX}${randomUUID()}`;
      const sign = await signOfLife(schema.url, clientId, () => undefined);
      const survivor = await new RecordingMember().join(openClient({ ...settings, clientId }), topic, group);
      const other = await livingMember(children, [client, engine().kafka.url, schema.url, topic, group]);
      await eventually(() => survivor.assigned.length === PARTITIONS / 2, 'half of the partitions');

      other.kill('SIGKILL');
      await sleep(SOON_MS / 2);
      // Nobody has told Kafka.
      expect(survivor.assigned).toHaveLength(PARTITIONS / 2);

      const pool = await openPostgres(schema.url, { max: 1 });
      const memberships = new GroupMemberships(settings, group);
      const watch = new DeadMembers({
        memberships,
        lifeless: (names) => withoutSignOfLife(pool, names),
        showsLife: (name) => name.startsWith(PREFIX),
        everyMs: 200,
        report: () => undefined,
      });
      await eventually(() => survivor.assigned.length === PARTITIONS, 'all partitions', SOON_MS);
      await watch.close();

      const { joins } = survivor;
      await memberships.remove([(await memberships.list())[0]!.memberId], 'it lives, all the same');
      await eventually(() => survivor.joins > joins && survivor.assigned.length === PARTITIONS, 'its return');
      await survivor.close();
      await memberships.close();
      await sign.end();
      await pool.end();
    },
    60_000,
  );
});

const member = (name: string): Membership => ({ memberId: `m-${name}`, clientId: `${PREFIX}${name}` });

async function livingMember(children: ChildProcess[], args: string[]): Promise<ChildProcess> {
  const child = spawn('node', [FIXTURE, ...args, `${PREFIX}${randomUUID()}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}
