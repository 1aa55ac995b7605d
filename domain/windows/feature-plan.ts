import type { FeatureDefinition } from '../rules/rule-set.ts';
import type { FieldType } from '../transaction.ts';
import { COMMON_SLOTS, type Storage } from './account-windows.ts';
import type { Aggregator } from './aggregate.ts';
import { Count, RowCount } from './counts.ts';
import { Distinct } from './distinct.ts';
import { type Column, EdgeEvent } from './edge-event.ts';
import { SQUARE_LIMBS } from './exact-sum.ts';
import { Extreme } from './extreme.ts';
import { Moments } from './moments.ts';
import { boolean, numeric, type Reading, textual, whole } from './reading.ts';
import { NewerEdge, Window } from './window.ts';

/** How long first-seen and lifetime distinct remember a value they no longer meet. */
export const VALUE_HORIZON_MS = 400 * 86_400_000;

export interface PlannedFeature {
  definition: FeatureDefinition;
  reading: Reading;
  /** Read before the scored transaction enters its windows. */
  readBefore: boolean;
}

/** What the features of a rule set need of an account: columns, windows, and the aggregates they share. */
export interface FeaturePlan {
  storage: Storage;
  /** The newer edges, each with its windows. */
  edges: NewerEdge[];
  features: PlannedFeature[];
  /** Distinct `where` sources, in the order of their bits. */
  wheres: FeatureDefinition['where'][];
  /** How far back from a scored transaction a window needs the events themselves. */
  reachMs: number;
}

/** Lays the features out so that equal windows, filters and aggregates are kept once. */
export function planFeatures(
  definitions: readonly FeatureDefinition[],
  typeOf: (field: string) => FieldType,
): FeaturePlan {
  return new Planner(typeOf).plan(definitions);
}

class Planner {
  private readonly typeOf: (field: string) => FieldType;
  private readonly numbers: string[] = [];
  private readonly labels: string[] = [];
  private readonly labelCounts: number[] = [];
  private readonly slots: number[] = [...COMMON_SLOTS];
  private readonly edges = new Map<number, NewerEdge>();
  private readonly windows = new Map<string, Window>();
  private readonly wheres = new Map<string, FeatureDefinition['where']>();
  private readonly shared = new Map<string, Aggregator>();
  private deques = 0;
  private archives = 0;

  constructor(typeOf: (field: string) => FieldType) {
    this.typeOf = typeOf;
  }

  plan(definitions: readonly FeatureDefinition[]): FeaturePlan {
    const features = definitions.map((definition) => this.feature(definition));
    const windows = [...this.windows.values()];
    return {
      storage: {
        slots: this.slots,
        numbers: this.numbers,
        labels: this.labels,
        labelCounts: this.labels.map((_, column) => this.labelCounts[column] ?? 0),
        deques: this.deques,
        archives: this.archives,
      },
      edges: [...this.edges.values()],
      features,
      wheres: [...this.wheres.values()],
      reachMs: Math.max(0, ...windows.map((w) => w.newerEdge.delayMs + (w.outlivesHistory ? 0 : w.lengthMs))),
    };
  }

  private feature(definition: FeatureDefinition): PlannedFeature {
    const alwaysPrior = definition.aggregate === 'sinceLast' || definition.aggregate === 'firstSeen';
    return {
      definition,
      reading: this.reading(definition),
      readBefore: definition.prior || definition.delayMs > 0 || alwaysPrior,
    };
  }

  private reading(definition: FeatureDefinition): Reading {
    const { aggregate } = definition;
    switch (aggregate) {
      case 'count':
        return this.count(definition);
      case 'sum':
      case 'mean':
      case 'stddev':
        return this.moment(definition, aggregate);
      case 'min':
      case 'max': {
        const extreme = this.extreme(definition, aggregate === 'max' ? 1 : -1);
        return numeric((windows) => extreme.number(windows));
      }
      case 'distinct': {
        const distinct = this.distinct(definition);
        return numeric((windows, scored) => distinct.number(windows, scored));
      }
      case 'firstSeen': {
        const distinct = this.distinct(definition);
        return boolean((windows, scored) => distinct.isNew(windows, scored));
      }
      case 'sinceLast': {
        const last = this.edge(definition, 'last', { kind: 'none' });
        return numeric((windows, scored) => last.secondsSince(windows, scored));
      }
      case 'first':
      case 'last':
        return this.edgeValue(definition, aggregate);
    }
  }

  private count(definition: FeatureDefinition): Reading {
    if (definition.where === null) {
      const rows = this.aggregator(definition, 'rows', (window) => new RowCount(window, this.takeSlots([0])));
      return numeric((windows) => rows.number(windows));
    }
    const count = this.aggregator(definition, 'count', () => new Count(this.takeSlots([0])));
    return numeric((windows) => count.number(windows));
  }

  private moment(definition: FeatureDefinition, aggregate: 'sum' | 'mean' | 'stddev'): Reading {
    const moments = this.moments(definition);
    if (aggregate === 'sum')
      return whole(
        (windows) => moments.sum(windows),
        (windows) => moments.exactSum(windows),
      );
    if (aggregate === 'mean') return numeric((windows) => moments.mean(windows));
    moments.keepSquares(() => this.takeSlots(new Array<number>(SQUARE_LIMBS).fill(0)));
    return numeric((windows) => moments.deviation(windows));
  }

  private moments(definition: FeatureDefinition): Moments {
    const at = column(this.numbers, definition.of!);
    return this.aggregator(
      definition,
      `moments ${definition.of}`,
      () => new Moments(at, this.takeSlots(Moments.initialSlots())),
    );
  }

  private extreme(definition: FeatureDefinition, sign: 1 | -1): Extreme {
    const at = column(this.numbers, definition.of!);
    return this.aggregator(definition, `extreme ${sign} ${definition.of}`, (window, bit) => {
      return new Extreme(window, bit, at, sign, this.deques++, this.takeSlots(Extreme.initialSlots()));
    });
  }

  private distinct(definition: FeatureDefinition): Distinct {
    const at = column(this.labels, definition.of!);
    return this.aggregator(definition, `distinct ${definition.of}`, (window) => {
      const counter = this.labelCounts[at] ?? 0;
      this.labelCounts[at] = counter + 1;
      const archive = window.outlivesHistory ? this.archives++ : null;
      return new Distinct(window, at, counter, archive, this.takeSlots(Distinct.initialSlots()));
    });
  }

  private edgeValue(definition: FeatureDefinition, edge: 'first' | 'last'): Reading {
    const of = definition.of!;
    const type = this.typeOf(of);
    if (type === 'string') {
      const event = this.edge(definition, edge, { kind: 'label', index: column(this.labels, of) });
      return textual((windows) => event.text(windows));
    }
    const event = this.edge(definition, edge, { kind: 'number', index: column(this.numbers, of) });
    const number: Reading['number'] = (windows) => event.value(windows);
    return type === 'boolean' ? boolean(number) : numeric(number);
  }

  private edge(definition: FeatureDefinition, edge: 'first' | 'last', column: Column): EdgeEvent {
    return this.aggregator(definition, `${edge} ${definition.of}`, (window, bit) => {
      return new EdgeEvent(window, bit, edge, column, this.takeSlots(EdgeEvent.initialSlots()));
    });
  }

  /** The aggregator of that kind over the definition's window and filter, made where it is first asked for. */
  private aggregator<A extends Aggregator>(
    definition: FeatureDefinition,
    kind: string,
    make: (window: Window, whereBit: number) => A,
  ): A {
    const window = this.window(definition);
    const whereBit = this.whereBit(definition.where);
    const key = `${kind} | ${whereBit} | ${windowKey(definition)}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known as A;
    const made = make(window, whereBit);
    this.shared.set(key, made);
    window.membersOf(whereBit).add(made);
    return made;
  }

  private window(definition: FeatureDefinition): Window {
    const key = windowKey(definition);
    let window = this.windows.get(key);
    if (window === undefined) {
      const lifetime = definition.windowMs === null;
      window = new Window(
        lengthMs(definition),
        this.edgeAt(definition.delayMs),
        lifetime,
        this.takeSlots([0]),
      );
      this.windows.set(key, window);
    }
    return window;
  }

  private edgeAt(delayMs: number): NewerEdge {
    let edge = this.edges.get(delayMs);
    if (edge === undefined) {
      edge = new NewerEdge(delayMs, this.takeSlots([0]));
      this.edges.set(delayMs, edge);
    }
    return edge;
  }

  private whereBit(where: FeatureDefinition['where']): number {
    if (where === null) return 0;
    if (!this.wheres.has(where.source)) this.wheres.set(where.source, where);
    return 1 << [...this.wheres.keys()].indexOf(where.source);
  }

  private takeSlots(initial: readonly number[]): number {
    return this.slots.push(...initial) - initial.length;
  }
}

function lengthMs({ windowMs, aggregate }: FeatureDefinition): number {
  if (windowMs !== null) return windowMs;
  return aggregate === 'distinct' || aggregate === 'firstSeen' ? VALUE_HORIZON_MS : Infinity;
}

function windowKey(definition: FeatureDefinition): string {
  return `${lengthMs(definition)} ${definition.delayMs} ${definition.windowMs === null}`;
}

function column(columns: string[], field: string): number {
  const at = columns.indexOf(field);
  return at === -1 ? columns.push(field) - 1 : at;
}
