import type { RuleSetVersion } from '../domain/facts.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { SEMANTICS } from '../domain/rules/semantics.ts';

/**
 * What judges transactions that came before any rule set was active: each is approved, with the reason
 * NO_RULE_SET. Stopping instead could never be mended, because no activation reaches back in the log. Published
 * versions begin at 1, so that none can be taken for this one.
 */
export const NO_RULE_SET_VERSION: RuleSetVersion = { name: 'none', version: 0 };

export const NO_RULE_SET: RuleSet = {
  name: NO_RULE_SET_VERSION.name,
  description: 'No rule set was active yet',
  semantics: SEMANTICS,
  fields: {},
  features: [],
  rules: [
    {
      id: 'no_rule_set',
      when: { source: 'true', tree: { kind: 'boolean', value: true, type: 'boolean' } },
      points: 0,
      reason: 'NO_RULE_SET',
      description: null,
    },
  ],
  score: null,
  thresholds: { review: 100, decline: 100 },
  examples: [],
};
