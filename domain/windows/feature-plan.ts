import type { Zones } from '../local-time/zone-offsets.ts';
import { speedKmh } from '../math/speed-kmh.ts';
import { type FeatureDefinition, LOOKS_BACK } from '../rules/rule-set.ts';
import type { FieldType } from '../transaction.ts';
import type { Storage } from './account-windows.ts';
import { Count, RowCount } from './counts.ts';
import { Distinct } from './distinct.ts';
import { type Column, EdgeEvent } from './edge-event.ts';
import { SQUARE_LIMBS } from './exact-sum.ts';
import { Extreme } from './extreme.ts';
import { FirstMet } from './first-met.ts';
import { type LearntPlan, planLearnt } from './learnt-plan.ts';
import { Moments } from './moments.ts';
import { boolean, numeric, type Reading, textual, whole } from './reading.ts';
import { Sequence, type Step } from './sequence.ts';
import { StoragePlan } from './storage-plan.ts';
import type { NewerEdge } from './window.ts';
import { type Windowed, WindowPlan } from './window-plan.ts';

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
  /** Null where nothing that is learnt later changes a feature. */
  learnt: LearntPlan | null;
  /** How far back from a scored transaction a window needs the events themselves. */
  reachMs: number;
}

/** Lays the features out so that equal windows, filters and aggregates are kept once. */
export function planFeatures(
  definitions: readonly FeatureDefinition[],
  typeOf: (field: string) => FieldType,
  zones: Zones,
): FeaturePlan {
  const places = new StoragePlan();
  const windows = new WindowPlan(places, zones);
  const planner = new FeaturePlanner(places, windows, typeOf);
  const features = definitions.map((definition) => planner.feature(definition));
  const learnt = planLearnt(definitions, places, windows);
  const { edges, wheres, reachMs } = windows;
  return { storage: places.storage(), edges, features, wheres, learnt, reachMs };
}

/** What computes each feature. */
class FeaturePlanner {
  private readonly places: StoragePlan;
  private readonly windows: WindowPlan;
  private readonly typeOf: (field: string) => FieldType;

  constructor(places: StoragePlan, windows: WindowPlan, typeOf: (field: string) => FieldType) {
    this.places = places;
    this.windows = windows;
    this.typeOf = typeOf;
  }

  feature(definition: FeatureDefinition): PlannedFeature {
    const alwaysPrior = LOOKS_BACK.has(definition.aggregate);
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
      case 'speed':
        return this.speed(definition);
      case 'sequence':
        return this.sequence(definition);
      case 'first':
      case 'last':
        return this.edgeValue(definition, aggregate);
      case 'listed':
        throw new Error(`${definition.name} is of a list, not of events`);
    }
  }

  private count(definition: FeatureDefinition): Reading {
    if (definition.where === null) {
      const rows = this.windows.aggregator(
        definition,
        'rows',
        (window) => new RowCount(window, this.places.takeSlots([0])),
      );
      return numeric((windows) => rows.number(windows));
    }
    const count = this.windows.aggregator(definition, 'count', () => new Count(this.places.takeSlots([0])));
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
    moments.keepSquares(() => this.places.takeSlots(new Array<number>(SQUARE_LIMBS).fill(0)));
    return numeric((windows) => moments.deviation(windows));
  }

  private moments(definition: FeatureDefinition): Moments {
    const at = this.places.numberColumn(definition.of!);
    return this.windows.aggregator(
      definition,
      `moments ${definition.of}`,
      () => new Moments(at, this.places.takeSlots(Moments.initialSlots())),
    );
  }

  private extreme(definition: FeatureDefinition, sign: 1 | -1): Extreme {
    const at = this.places.numberColumn(definition.of!);
    return this.windows.aggregator(definition, `extreme ${sign} ${definition.of}`, (window, bit) => {
      return new Extreme(
        window,
        bit,
        at,
        sign,
        this.places.takeDeque(),
        this.places.takeSlots(Extreme.initialSlots()),
      );
    });
  }

  private distinct(definition: Windowed & Pick<FeatureDefinition, 'of'>): Distinct {
    const at = this.places.labelColumn(definition.of!);
    return this.windows.aggregator(definition, `distinct ${definition.of}`, (window) => {
      const counter = this.places.takeCounter(at);
      const archive = window.outlivesHistory ? this.places.takeArchive() : null;
      return new Distinct(window, at, counter, archive, this.places.takeSlots(Distinct.initialSlots()));
    });
  }

  private edgeValue(definition: FeatureDefinition, edge: 'first' | 'last'): Reading {
    const of = definition.of!;
    const type = this.typeOf(of);
    if (type === 'string') {
      const event = this.edge(definition, edge, { kind: 'label', index: this.places.labelColumn(of) });
      return textual((windows) => event.text(windows));
    }
    const event = this.edge(definition, edge, { kind: 'number', index: this.places.numberColumn(of) });
    const number: Reading['number'] = (windows) => event.value(windows);
    return type === 'boolean' ? boolean(number) : numeric(number);
  }

  private sequence(definition: FeatureDefinition): Reading {
    const steps = definition.steps!.map(({ where, firstSeen }): Step => {
      const firstMetAt = firstSeen === null ? -1 : this.firstMet(firstSeen).column;
      return { whereBit: this.windows.whereBit(where), firstMetAt };
    });
    const sequence = this.windows.aggregator(definition, `sequence ${JSON.stringify(steps)}`, (window) => {
      return new Sequence(window, steps, this.places.takeDerived(steps.length - 1));
    });
    return boolean((windows, scored) => sequence.isComplete(windows, scored));
  }

  private firstMet(field: string): FirstMet {
    const everMet = { aggregate: 'firstSeen', of: field, windowMs: null, delayMs: 0, where: null } as const;
    const distinct = this.distinct(everMet);
    return this.windows.aggregator(everMet, `firstMet ${field}`, (window) => {
      window.goStepwise();
      return new FirstMet(distinct, this.places.takeDerived(1));
    });
  }

  /** From the place of the last event that has one, as its condition asks, to that of the scored one. */
  private speed(definition: FeatureDefinition): Reading {
    const latitudeAt = this.places.numberColumn('latitude');
    const longitudeAt = this.places.numberColumn('longitude');
    const last = (of: string, index: number) =>
      this.edge({ ...definition, of }, 'last', { kind: 'number', index });
    const latitude = last('latitude', latitudeAt);
    const longitude = last('longitude', longitudeAt);
    return numeric((windows, { timeMs, numbers }) => {
      const atMs = latitude.time(windows);
      const from = { latitude: latitude.value(windows), longitude: longitude.value(windows), atMs };
      return speedKmh(from, {
        latitude: numbers[latitudeAt]!,
        longitude: numbers[longitudeAt]!,
        atMs: timeMs,
      });
    });
  }

  private edge(definition: FeatureDefinition, edge: 'first' | 'last', column: Column): EdgeEvent {
    return this.windows.aggregator(definition, `${edge} ${definition.of}`, (window, bit) => {
      return new EdgeEvent(window, bit, edge, column, this.places.takeSlots(EdgeEvent.initialSlots()));
    });
  }
}
