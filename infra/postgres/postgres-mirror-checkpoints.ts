import type pg from 'pg';
import type { MirrorCheckpoints } from '../../domain/ports.ts';

/** @param log which log is mirrored to, e.g. the topic with its generation */
export function postgresMirrorCheckpoints(pool: pg.Pool, log: string): MirrorCheckpoints {
  return {
    async read() {
      const { rows } = await pool.query<{ position: number }>(
        'SELECT position FROM mirror_checkpoints WHERE log = $1',
        [log],
      );
      return rows[0]?.position ?? 0;
    },
    async raise(position) {
      await pool.query(
        `INSERT INTO mirror_checkpoints AS present (log, position) VALUES ($1, $2)
         ON CONFLICT (log) DO UPDATE SET position = greatest(present.position, excluded.position)`,
        [log, position],
      );
    },
  };
}
