import type { JudgedSet, UsedDefinition } from './backtest-report.ts';
import { type Collected, inOrder } from './case-collector.ts';
import type { Cases } from './cases.ts';
import type { HitSet, Judgements } from './judgements.ts';

/**
 * What several took in of one history, each of accounts of its own, as if one had taken it all in: in the order of
 * positions.
 * @param parts at least one; of the same rule sets in the same order
 */
export function mergeCollected(parts: readonly Collected[]): Collected {
  if (parts.length === 1) return parts[0]!;
  const order = orderOf(parts);
  return {
    cases: mergedCases(
      parts.map(({ cases }) => cases),
      order,
    ),
    sets: parts[0]!.sets.map((_, set) =>
      mergedSet(
        parts.map(({ sets }) => sets[set]!),
        order,
      ),
    ),
    newestMs: Math.max(...parts.map(({ newestMs }) => newestMs)),
    blocked: parts.reduce((sum, { blocked }) => sum + blocked, 0),
    baseCurrency: parts.find(({ baseCurrency }) => baseCurrency !== null)?.baseCurrency ?? null,
  };
}

/** Which part each case is taken from next. */
function orderOf(parts: readonly Collected[]): Uint32Array {
  const positions = parts.map(({ cases }) => cases.positions);
  const next = positions.map(() => 0);
  const order = new Uint32Array(positions.reduce((sum, { length }) => sum + length, 0));
  for (let i = 0; i < order.length; i++) {
    let first = -1;
    let least = Infinity;
    for (let part = 0; part < positions.length; part++) {
      const position = positions[part]![next[part]!];
      if (position === undefined || position >= least) continue;
      least = position;
      first = part;
    }
    order[i] = first;
    next[first]!++;
  }
  return order;
}

/** Fills a column from those of the parts. */
function interleaved<T extends { [place: number]: V }, V>(
  columns: readonly ArrayLike<V>[],
  order: Uint32Array,
  into: T,
  change: (value: V, part: number) => V = (value) => value,
): T {
  const next = columns.map(() => 0);
  for (let i = 0; i < order.length; i++) {
    const part = order[i]!;
    into[i] = change(columns[part]![next[part]!++]!, part);
  }
  return into;
}

function mergedCases(parts: readonly Cases[], order: Uint32Array): Cases {
  const count = order.length;
  const of = <K extends keyof Cases>(column: K): Cases[K][] => parts.map((part) => part[column]);
  const { cardKeys, numbers } = mergedCards(parts);
  return {
    count,
    positions: interleaved(of('positions'), order, new Float64Array(count)),
    accountIds: interleaved(of('accountIds'), order, new Array<string>(count)),
    transactionIds: interleaved(of('transactionIds'), order, new Array<string>(count)),
    occurredAtMs: interleaved(of('occurredAtMs'), order, new Float64Array(count)),
    amountsMinor: interleaved(of('amountsMinor'), order, new Float64Array(count)),
    cards: interleaved(of('cards'), order, new Int32Array(count), (card, part) => {
      return card === -1 ? -1 : numbers[part]![card]!;
    }),
    cardKeys,
    labels: interleaved(of('labels'), order, new Uint8Array(count)),
  };
}

/** A card may have paid for accounts of several parts. */
function mergedCards(parts: readonly Cases[]): { cardKeys: string[]; numbers: number[][] } {
  const known = new Map<string, number>();
  const numbers = parts.map(({ cardKeys }) =>
    cardKeys.map((key) => {
      const number = known.get(key) ?? known.size;
      known.set(key, number);
      return number;
    }),
  );
  return { cardKeys: [...known.keys()], numbers };
}

function mergedSet(parts: readonly JudgedSet[], order: Uint32Array): JudgedSet {
  const { name, role } = parts[0]!;
  const judgements = mergedJudgements(
    parts.map((part) => part.judgements),
    order,
  );
  return { name, role, judgements, definitions: mergedDefinitions(parts) };
}

function mergedJudgements(parts: readonly Judgements[], order: Uint32Array): Judgements {
  const count = order.length;
  const hitSets: HitSet[] = [];
  const offsets = parts.map((part) => {
    const offset = hitSets.length;
    for (const hitSet of part.hitSets) hitSets.push(hitSet);
    return offset;
  });
  const of = <K extends keyof Judgements>(column: K): Judgements[K][] => parts.map((part) => part[column]);
  return {
    scores: interleaved(of('scores'), order, new Float64Array(count)),
    ranks: interleaved(of('ranks'), order, new Float64Array(count)),
    decisions: interleaved(of('decisions'), order, new Uint8Array(count)),
    hits: interleaved(of('hits'), order, new Uint32Array(count), (hit, part) => hit + offsets[part]!),
    hitSets,
  };
}

function mergedDefinitions(parts: readonly JudgedSet[]): UsedDefinition[] {
  const byVersion = new Map<string, UsedDefinition>();
  for (const used of parts.flatMap(({ definitions }) => definitions)) {
    const key = `${used.definition.name}\0${used.version}`;
    const known = byVersion.get(key);
    if (known === undefined) byVersion.set(key, { ...used });
    else {
      known.transactions += used.transactions;
      known.lastPosition = Math.max(known.lastPosition, used.lastPosition);
    }
  }
  return inOrder([...byVersion.values()]);
}
