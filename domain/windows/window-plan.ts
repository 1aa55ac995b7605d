import { Calendar } from '../local-time/calendar.ts';
import { offsetsOf, type Zones } from '../local-time/zone-offsets.ts';
import type { FeatureDefinition, LastWindow } from '../rules/rule-set.ts';
import { symbolsOf } from '../rules/symbols-of.ts';
import type { Aggregator } from './aggregate.ts';
import { Count } from './counts.ts';
import type { StoragePlan } from './storage-plan.ts';
import { NewerEdge, Window } from './window.ts';

/** How long first-seen and lifetime distinct remember a value they no longer meet. */
export const VALUE_HORIZON_MS = 400 * 86_400_000;

/** What a feature says of its window, and of who is in it. */
export type Windowed = Pick<
  FeatureDefinition,
  'aggregate' | 'windowMs' | 'calendar' | 'last' | 'delayMs' | 'where'
>;

/** The windows and aggregators of a rule set's features: equal windows, filters and aggregates are kept once. */
export class WindowPlan {
  private readonly places: StoragePlan;
  private readonly zones: Zones;
  private readonly edgesByDelay = new Map<number, NewerEdge>();
  private readonly windows = new Map<string, Window>();
  private readonly wheresBySource = new Map<string, FeatureDefinition['where']>();
  private readonly shared = new Map<string, Aggregator>();

  constructor(places: StoragePlan, zones: Zones) {
    this.places = places;
    this.zones = zones;
  }

  get edges(): NewerEdge[] {
    return [...this.edgesByDelay.values()];
  }

  /** The bits of the wheres that read any of these fields. */
  bitsReading(fields: ReadonlySet<string>): number {
    const readers = this.wheres.map((where) => symbolsOf(where!.tree).some((name) => fields.has(name)));
    return readers.reduce((bits, reads, i) => (reads ? bits | (1 << i) : bits), 0);
  }

  get wheres(): FeatureDefinition['where'][] {
    return [...this.wheresBySource.values()];
  }

  /** How far back from a scored transaction a window needs the events themselves. */
  get reachMs(): number {
    const reaches = [...this.windows.values()].map(({ newerEdge, outlivesHistory, lengthMs }) => {
      return newerEdge.delayMs + (outlivesHistory ? 0 : lengthMs);
    });
    return Math.max(0, ...reaches);
  }

  /** The aggregator of that kind over the definition's window and filter, made where it is first asked for. */
  aggregator<A extends Aggregator>(
    definition: Windowed,
    kind: string,
    make: (window: Window, whereBit: number) => A,
  ): A {
    const window = this.window(definition);
    const whereBit = this.whereBit(definition.where);
    const key = `${kind} | ${whereBit} | ${this.windowKey(definition)}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known as A;
    const made = make(window, whereBit);
    this.shared.set(key, made);
    window.membersOf(whereBit).add(made);
    return made;
  }

  private window(definition: Windowed): Window {
    const key = this.windowKey(definition);
    let window = this.windows.get(key);
    if (window === undefined) {
      const edge = this.edgeAt(definition.delayMs);
      const outlivesHistory = definition.windowMs === null;
      const slot = this.places.takeSlots([0]);
      const calendar = this.calendarOf(definition);
      window = new Window(lengthMs(definition), edge, outlivesHistory, slot, calendar);
      if (definition.last !== undefined) this.limit(window, definition.last);
      this.windows.set(key, window);
    }
    return window;
  }

  private limit(window: Window, { most, among }: LastWindow): void {
    const held = new Count(this.places.takeSlots([0]));
    const whereBit = this.whereBit(among);
    window.membersOf(whereBit).add(held);
    window.limit = { most, held, whereBit };
  }

  private windowKey(definition: Windowed): string {
    const { delayMs, windowMs, calendar, last } = definition;
    const begin = calendar === undefined ? lengthMs(definition) : `${calendar.period} ${calendar.zone}`;
    const newest = last === undefined ? '' : ` last ${last.most} ${this.whereBit(last.among)}`;
    return `${begin} ${delayMs} ${windowMs === null}${newest}`;
  }

  private calendarOf({ calendar }: Windowed): Calendar | null {
    if (calendar === undefined) return null;
    return new Calendar(calendar.period, offsetsOf(this.zones, calendar.zone));
  }

  private edgeAt(delayMs: number): NewerEdge {
    let edge = this.edgesByDelay.get(delayMs);
    if (edge === undefined) {
      edge = new NewerEdge(delayMs, this.places.takeSlots([0]));
      this.edgesByDelay.set(delayMs, edge);
    }
    return edge;
  }

  whereBit(where: FeatureDefinition['where']): number {
    if (where === null) return 0;
    if (!this.wheresBySource.has(where.source)) this.wheresBySource.set(where.source, where);
    return 1 << [...this.wheresBySource.keys()].indexOf(where.source);
  }
}

function lengthMs({ windowMs, aggregate }: Windowed): number {
  if (windowMs !== null) return windowMs;
  return aggregate === 'distinct' || aggregate === 'firstSeen' ? VALUE_HORIZON_MS : Infinity;
}
