import type { RuleSetVersion } from '../../../domain/facts.ts';
import { RuleSetTimeline } from '../../../processors/rule-set-timeline.ts';
import type { FactReader } from '../../event-store/fact-reader.ts';

const READ_LIMIT = 1_000;

/** What rule sets say and which is in force, from the facts, read as far as the store goes when asked. */
export function ruleSetDefinitions(reader: FactReader) {
  const timeline = new RuleSetTimeline();
  const catchUp = () => {
    const head = reader.head();
    for (;;) {
      const facts = reader.readOthers(timeline.position, READ_LIMIT);
      for (const fact of facts) timeline.fold(fact);
      if (facts.length < READ_LIMIT) return timeline.advance(head);
    }
  };
  return {
    definitionOf(version: RuleSetVersion) {
      const known = timeline.definition(version);
      if (known !== undefined) return known;
      catchUp();
      return timeline.definition(version);
    },
    /** For what is stored next. */
    inForce(): RuleSetVersion | null {
      catchUp();
      return timeline.inForceNext();
    },
  };
}
