import type pg from 'pg';
import type { Fault } from '../comparison.ts';

/**
 * Lets the database itself note whatever may never happen to a table: a checkpoint that goes back, a decision that
 * becomes another. Afterwards no comparison could tell, for what was overwritten is gone.
 */
export async function watchTables(pool: pg.Pool, partitions: number): Promise<void> {
  await pool.query(`
    CREATE TABLE never (kind text NOT NULL, what text NOT NULL);
    CREATE FUNCTION note_going_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO never VALUES ('order', TG_TABLE_NAME || ' went back from ' || OLD::text || ' to ' || NEW::text);
      RETURN NULL;
    END $$;
    CREATE FUNCTION note_other_decision() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO never VALUES ('decision', 'was ' || OLD::text || ' and became ' || NEW::text);
      RETURN NULL;
    END $$;`);
  for (const table of ['checkpoints', 'mirror_checkpoints', 'projection_checkpoints'])
    await pool.query(`CREATE TRIGGER goes_back AFTER UPDATE ON ${table} FOR EACH ROW
      WHEN (NEW.position < OLD.position) EXECUTE FUNCTION note_going_back()`);
  for (let partition = 0; partition < partitions; partition++)
    await pool.query(`CREATE TRIGGER becomes_another AFTER UPDATE ON decisions_p${partition} FOR EACH ROW
      WHEN (NEW IS DISTINCT FROM OLD) EXECUTE FUNCTION note_other_decision()`);
}

/** What the watch has noted. */
export async function noted(pool: pg.Pool): Promise<Fault[]> {
  return (await pool.query<Fault>('SELECT kind, what FROM never')).rows;
}
