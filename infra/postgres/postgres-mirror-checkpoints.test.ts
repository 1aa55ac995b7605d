import { expect, test } from '@jest/globals';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { openPostgres } from './open-postgres.ts';
import { postgresMirrorCheckpoints } from './postgres-mirror-checkpoints.ts';
import { postgresOfTests } from './testing/postgres-of-tests.ts';
import { tempSchema } from './testing/temp-schema.ts';

const postgres = await engineOf(postgresOfTests);

describeWith("the mirror's checkpoint", postgres, (engine) => {
  test('never sinks, and is of one log', async () => {
    const schema = await tempSchema(engine().url);
    const pool = await openPostgres(schema.url);
    const mirror = postgresMirrorCheckpoints(pool, 'facts.g1');
    expect(await mirror.read()).toBe(0);
    await Promise.all([5, 9, 3].map((position) => mirror.raise(position)));
    expect(await mirror.read()).toBe(9);
    expect(await postgresMirrorCheckpoints(pool, 'facts.g2').read()).toBe(0);
    await pool.end();
    await schema.drop();
  });
});
