/**
 * Loaded before a process's own code (`--import`), takes one mechanism out of it: SHRIKE_TEST_WITHOUT names which.
 * For the controls of the comparison: with the mechanism gone, it must find something.
 */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

export const WITHOUT = {
  /** Whoever commits moves the checkpoint. */
  'compare-and-set': {
    file: 'infra/postgres/postgres-risk-store.ts',
    changes: [['WHERE present.position = $5', 'WHERE $5::bigint IS NOT NULL']],
  },
  /** What a record says it covers is not looked at. */
  'interval check': {
    file: 'processors/delivery.ts',
    changes: [["record.from <= handled ? 'handle' : 'heal'", "'handle'"]],
  },
  /** Appends go to wherever the stream ends. */
  'expected revision': {
    file: 'infra/eventstoredb/batch-append.ts',
    changes: [
      ['options.setNoStream(new empty.Empty())', 'options.setAny(new empty.Empty())'],
      ['options.setStreamPosition(String(expectedRevision))', 'options.setAny(new empty.Empty())'],
    ],
  },
} as const;
export type Mechanism = keyof typeof WITHOUT;

/** For the environment of a process that is to run without it. */
export const without = (mechanism: Mechanism): Record<string, string> => ({
  NODE_OPTIONS: `--import=${fileURLToPath(import.meta.url)}`,
  SHRIKE_TEST_WITHOUT: mechanism,
});

const mechanism = process.env.SHRIKE_TEST_WITHOUT as Mechanism | undefined;
if (mechanism !== undefined) {
  const { file, changes } = WITHOUT[mechanism];
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/${file}`)) return loaded;
      let source = String(loaded.source);
      for (const [there, instead] of changes) {
        if (!source.includes(there)) throw new Error(`${file} no longer says: ${there}`);
        source = source.replace(there, () => instead);
      }
      return { ...loaded, source };
    },
  });
}
