import type { Expression } from './rule-set.ts';

/** The names that an expression reads, with repeats. */
export function symbolsOf(tree: Expression): string[] {
  if (tree.kind === 'symbol') return [tree.name];
  return tree.kind === 'call' ? tree.args.flatMap(symbolsOf) : [];
}
