import { createHash } from 'node:crypto';
import type { PublishAnswer } from '../../../api/services.ts';
import {
  factData,
  NO_STREAM,
  type RuleSetActivated,
  type RuleSetPublished,
  type RuleSetRetired,
  type RuleSetVersion,
  ruleSetStream,
  type StoredFact,
} from '../../../domain/facts.ts';
import { type EventStore, WrongExpectedRevision } from '../../../domain/ports.ts';
import type { RuleSet } from '../../../domain/rules/rule-set.ts';
import { checkRuleSet } from '../rule-set-check.ts';
import { factDraft } from './fact-draft.ts';
import { listProblems } from './list-problems.ts';
import { readWholeStream } from './read-whole-stream.ts';

type Store = Pick<EventStore, 'append' | 'readStream'>;

/**
 * Publishes a checked source as the next version of its name. The same source as the newest version is that
 * version; an example that fails is a fault of the rule set, and so is a list that is not there.
 */
export async function publishRuleSet(store: Store, source: string, by: string): Promise<PublishAnswer> {
  const checked = await checkRuleSet(source);
  if ('problems' in checked) return { kind: 'refused', problems: checked.problems };
  const problems = await listProblems(store, checked.ruleSet, source);
  if (problems.length > 0) return { kind: 'refused', problems };
  return appendVersion(store, source, checked.ruleSet, by);
}

async function appendVersion(
  store: Store,
  source: string,
  ruleSet: RuleSet,
  by: string,
): Promise<PublishAnswer> {
  const stream = ruleSetStream(ruleSet.name);
  const hash = createHash('sha256').update(source).digest('hex');
  for (;;) {
    const facts = await readWholeStream(store, stream);
    const published = facts.filter((fact) => fact.type === 'RuleSetPublished');
    const newest = published.at(-1);
    const active = activeVersion(facts);
    const isKnown = newest !== undefined && factData<RuleSetPublished>(newest).hash === hash;
    if (isKnown && !isRetired(facts, published.length)) {
      return { kind: 'known', summary: summaryOf(newest, active) };
    }
    const data: RuleSetPublished = {
      name: ruleSet.name,
      version: published.length + 1,
      source,
      hash,
      // The examples are in the source; nothing that scores reads them.
      ruleSet: { ...ruleSet, examples: [] },
      by,
      at: new Date().toISOString(),
    };
    const draft = factDraft('RuleSetPublished', data);
    try {
      const expected = facts.at(-1)?.revision ?? NO_STREAM;
      const { revision, position } = await store.append(stream, expected, [draft]);
      return { kind: 'published', summary: summaryOf({ ...draft, stream, revision, position }, active) };
    } catch (error) {
      // Someone published at the same time: theirs is the version before.
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
}

/** A version that was retired is not put in force again. */
export class RetiredRuleSet extends Error {
  constructor({ name, version }: RuleSetVersion) {
    super(`${name} version ${version} was retired; publish it anew as another version to use it again.`);
    this.name = 'RetiredRuleSet';
  }
}

function isRetired(facts: readonly StoredFact[], version: number): boolean {
  return facts.some(
    (fact) => fact.type === 'RuleSetRetired' && factData<RuleSetRetired>(fact).version === version,
  );
}

/**
 * @returns the position after which the version is in force; undefined if it was never published
 * @throws RetiredRuleSet
 */
export async function activateRuleSet(
  store: Store,
  { name, version }: RuleSetVersion,
  by: string,
  reason: string | null = null,
): Promise<number | undefined> {
  const stream = ruleSetStream(name);
  for (;;) {
    const facts = await readWholeStream(store, stream);
    const isPublished = facts.some(
      (fact) => fact.type === 'RuleSetPublished' && factData<RuleSetPublished>(fact).version === version,
    );
    if (!isPublished) return undefined;
    if (isRetired(facts, version)) throw new RetiredRuleSet({ name, version });
    const said = reason === null ? {} : { reason };
    const data: RuleSetActivated = { name, version, ...said, by, at: new Date().toISOString() };
    try {
      const { position } = await store.append(stream, facts.at(-1)!.revision, [
        factDraft('RuleSetActivated', data),
      ]);
      return position;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
}

function activeVersion(facts: readonly StoredFact[]): number | undefined {
  const activation = facts.findLast((fact) => fact.type === 'RuleSetActivated');
  return activation === undefined ? undefined : factData<RuleSetActivated>(activation).version;
}

function summaryOf(fact: StoredFact, active: number | undefined) {
  const { name, version, hash, by, at } = factData<RuleSetPublished>(fact);
  return {
    name,
    version,
    hash,
    publishedBy: by,
    publishedAt: at,
    position: fact.position,
    active: version === active,
    retired: false,
  };
}
