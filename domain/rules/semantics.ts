/**
 * The meaning of expressions and windows that this version of the code gives. A change of any result,
 * however small, is a new number; the old one is kept, or refused by name, never reinterpreted. The histories
 * in tests/canonical/ hold it to that.
 */
export const SEMANTICS = 1;

/** A stored rule set means something this version of the code cannot compute. */
export class UnknownSemantics extends Error {
  constructor(semantics: unknown) {
    super(
      `the rule set has semantics ${JSON.stringify(semantics) ?? 'undefined'}; this version of Shrike computes semantics ${SEMANTICS} only`,
    );
    this.name = 'UnknownSemantics';
  }
}

/** @throws UnknownSemantics */
export function assertKnownSemantics(semantics: unknown): asserts semantics is typeof SEMANTICS {
  if (semantics !== SEMANTICS) throw new UnknownSemantics(semantics);
}
