import {
  factData,
  type RuleSetPublished,
  type RuleSetVersion,
  ruleSetStream,
} from '../../../domain/facts.ts';
import type { EventStore } from '../../../domain/ports.ts';
import type { RuleSet } from '../../../domain/rules/rule-set.ts';
import { assertKnownSemantics } from '../../../domain/rules/semantics.ts';
import type { DefinitionOf } from './explained.ts';
import { readWholeStream } from './read-whole-stream.ts';

/** What rule sets say, from the streams they were published in; what was published never changes. */
export function ruleSetDefinitions(store: Pick<EventStore, 'readStream'>): DefinitionOf {
  const known = new Map<string, RuleSet>();
  const learn = async (name: string): Promise<void> => {
    for (const fact of await readWholeStream(store, ruleSetStream(name))) {
      if (fact.type !== 'RuleSetPublished') continue;
      const published = factData<RuleSetPublished>(fact);
      known.set(keyOf(published), published.ruleSet as RuleSet);
    }
  };
  return async (version) => {
    const key = keyOf(version);
    if (!known.has(key)) await learn(version.name);
    const definition = known.get(key);
    if (definition !== undefined) assertKnownSemantics(definition.semantics);
    return definition;
  };
}

/** Names have no NUL, so that no two versions share a key. */
const keyOf = ({ name, version }: RuleSetVersion): string => `${name}\0${version}`;
