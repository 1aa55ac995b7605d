import type { RuleSetLife, RuleSetStep, RuleSetStepAnswer } from '../../../api/services.ts';
import {
  factData,
  type RuleSetActivated,
  type RuleSetPublished,
  type RuleSetRetired,
  type RuleSetVersion,
  ruleSetStream,
  type StoredFact,
} from '../../../domain/facts.ts';
import { type EventStore, WrongExpectedRevision } from '../../../domain/ports.ts';
import { ruleSetDifference } from '../../../domain/rules/rule-set-difference.ts';
import type { RuleSetQueries } from '../../read-model/queries/rule-sets.ts';
import type { DefinitionOf } from './explained.ts';
import { factDraft } from './fact-draft.ts';
import { readWholeStream } from './read-whole-stream.ts';
import { activateRuleSet, RetiredRuleSet } from './rule-set-publishing.ts';

export interface LifeDesk {
  store: Pick<EventStore, 'append' | 'readStream' | 'head'>;
  queries: Pick<RuleSetQueries, 'active' | 'activeBefore'>;
  definitionOf: DefinitionOf;
  /** Waits until the view of rule sets shows a position. @returns whether it does */
  waitUntilSeen(position: number): Promise<boolean>;
}

/** What becomes of rule sets after they are published; each step a fact with who and why. */
export function ruleSetLife(desk: LifeDesk): RuleSetLife {
  return {
    activateRuleSet: (version, by, reason) => activate(desk, version, by, reason),
    retireRuleSet: (version, by, reason) => retire(desk, version, by, reason),
    async rollBackRuleSet(by, reason) {
      if (!(await isUpToDate(desk))) return { kind: 'behind' };
      const before = await desk.queries.activeBefore();
      if (before !== undefined) return activate(desk, before, by, reason);
      return { kind: 'conflict', message: 'No other version was in force before the one that is.' };
    },
    ruleSetHistory: async (name) => (await readWholeStream(desk.store, ruleSetStream(name))).flatMap(stepOf),
    async ruleSetDifference(from, to) {
      const [was, is] = await Promise.all([desk.definitionOf(from), desk.definitionOf(to)]);
      return was && is && ruleSetDifference(was, is);
    },
  };
}

async function activate(
  { store }: LifeDesk,
  version: RuleSetVersion,
  by: string,
  reason: string | null,
): Promise<RuleSetStepAnswer> {
  try {
    const position = await activateRuleSet(store, version, by, reason);
    return position === undefined ? { kind: 'unknown' } : { kind: 'done', version, position };
  } catch (error) {
    if (error instanceof RetiredRuleSet) return { kind: 'conflict', message: error.message };
    throw error;
  }
}

async function retire(
  desk: LifeDesk,
  version: RuleSetVersion,
  by: string,
  reason: string,
): Promise<RuleSetStepAnswer> {
  const stream = ruleSetStream(version.name);
  for (;;) {
    // The stream before the view: whoever puts it in force after this stands in the stream.
    const facts = await readWholeStream(desk.store, stream);
    if (!facts.some((fact) => isOf(fact, 'RuleSetPublished', version))) return { kind: 'unknown' };
    const known = facts.find((fact) => isOf(fact, 'RuleSetRetired', version));
    if (known !== undefined) return { kind: 'done', version, position: known.position };
    if (!(await isUpToDate(desk))) return { kind: 'behind' };
    const { value: inForce } = await desk.queries.active();
    if (inForce?.name === version.name && inForce.version === version.version) {
      const message = `${version.name} version ${version.version} is in force; activate another one first.`;
      return { kind: 'conflict', message };
    }
    const data: RuleSetRetired = { ...version, reason, by, at: new Date().toISOString() };
    try {
      const { position } = await desk.store.append(stream, facts.at(-1)!.revision, [
        factDraft('RuleSetRetired', data),
      ]);
      return { kind: 'done', version, position };
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
}

const isUpToDate = async ({ store, waitUntilSeen }: LifeDesk): Promise<boolean> =>
  waitUntilSeen(await store.head());

function isOf(fact: StoredFact, type: string, { version }: RuleSetVersion): boolean {
  return fact.type === type && factData<RuleSetVersion>(fact).version === version;
}

const WHAT: Record<string, RuleSetStep['what']> = {
  RuleSetPublished: 'published',
  RuleSetActivated: 'activated',
  RuleSetRetired: 'retired',
};

function stepOf(fact: StoredFact): RuleSetStep[] {
  const what = WHAT[fact.type];
  if (what === undefined) return [];
  const data = factData<RuleSetPublished & RuleSetActivated & Partial<RuleSetRetired>>(fact);
  const { version, by, at, reason = null } = data;
  return [{ what, version, by, at, reason, position: fact.position }];
}
