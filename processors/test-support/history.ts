import fc from 'fast-check';
import { accountStream, type FactDraft, ruleSetStream } from '../../domain/facts.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { activated, draft, excluded, newer, published, readmitted, submitted } from './facts.ts';

/** A fact to be appended, by whoever appends it. */
export interface Written {
  stream: string;
  fact: FactDraft;
}

/** One thing that happens: transactions of an account, another fact of it, or a rule set put in force. */
export type Happening =
  | { kind: 'pay'; account: number; times: number; amountMinor: number; imported: boolean }
  | { kind: 'note'; account: number }
  /** A fact that this version cannot read: it is passed later on, at the end of the history at the latest. */
  | { kind: 'newer'; account: number }
  | { kind: 'pass'; account: number }
  /** Of the facts that can be excluded, or readmitted, the one that `pick` comes to; nothing where there is none. */
  | { kind: 'exclude' | 'readmit'; account: number; pick: number }
  | { kind: 'activate'; ruleSet: number };

type Of<Kind extends Happening['kind']> = Extract<Happening, { kind: Kind }>;

const ACCOUNTS = 5;
const account = fc.nat(ACCOUNTS - 1);

const pays: fc.Arbitrary<Of<'pay'>> = fc.record({
  kind: fc.constant('pay'),
  account,
  times: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 6 }) }, fc.constant(140)),
  amountMinor: fc.nat(15),
  imported: fc.boolean(),
});

const plain = (ruleSets: number): fc.WeightedArbitrary<Happening>[] => [
  { weight: 8, arbitrary: pays },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('note'), account }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('activate'), ruleSet: fc.nat(ruleSets - 1) }) },
];

const exclusions: fc.WeightedArbitrary<Happening>[] = [
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('exclude'), account, pick: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('readmit'), account, pick: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('newer'), account }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass'), account }) },
];

const SIZE = { minLength: 1, maxLength: 30 };

export const happenings = (ruleSets: number): fc.Arbitrary<Happening[]> =>
  fc.array(fc.oneof(...plain(ruleSets)), SIZE);

/** Also such in which facts are excluded and readmitted. */
export const happeningsWithExclusions = (ruleSets: number): fc.Arbitrary<Happening[]> =>
  fc.array(fc.oneof(...plain(ruleSets), ...exclusions), SIZE);

/** The facts of what happens, in order. */
export function written(happening: readonly Happening[], ruleSets: readonly RuleSet[]): Written[] {
  const writer = new Writer(ruleSets);
  for (const event of happening) writer.write(event);
  for (let i = 0; i < ACCOUNTS; i++) while (writer.write({ kind: 'pass', account: i }));
  return writer.facts;
}

/** What of an account's stream can still be excluded, readmitted or passed, by revision. */
interface Stream {
  revision: number;
  counted: number[];
  excluded: number[];
  blocking: number[];
}

class Writer {
  readonly facts: Written[] = [];
  readonly #ruleSets: readonly RuleSet[];
  readonly #versions = new Map<string, number>();
  readonly #streams = new Map<number, Stream>();
  #payments = 0;

  constructor(ruleSets: readonly RuleSet[]) {
    this.#ruleSets = ruleSets;
  }

  /** @returns whether there was something to write */
  write(event: Happening): boolean {
    const before = this.facts.length;
    if (event.kind === 'activate') this.#activate(this.#ruleSets[event.ruleSet]!);
    else if (event.kind === 'pay') for (let i = 0; i < event.times; i++) this.#pay(event);
    else this.#other(event, this.#stream(event.account));
    return this.facts.length > before;
  }

  #other(event: Of<'note' | 'newer' | 'pass' | 'exclude' | 'readmit'>, stream: Stream): void {
    const { account: of } = event;
    if (event.kind === 'note') stream.counted.push(this.#append(of, draft('AlertNoted', {})));
    if (event.kind === 'newer') {
      const payment = { kind: 'pay', account: of, times: 1, amountMinor: 9, imported: false } as const;
      stream.blocking.push(this.#append(of, newer(paid(payment, this.#payments++))));
    }
    const [from, to] =
      event.kind === 'readmit' ? [stream.excluded, stream.counted] : [stream.counted, stream.excluded];
    if (event.kind === 'pass' && stream.blocking.length > 0) {
      this.#append(of, excluded(stream.blocking.shift()!, true));
    } else if ((event.kind === 'exclude' || event.kind === 'readmit') && from.length > 0) {
      const [revision] = from.splice(event.pick % from.length, 1);
      this.#append(of, event.kind === 'exclude' ? excluded(revision!) : readmitted(revision!));
      to.push(revision!);
    }
  }

  #pay(event: Of<'pay'>): void {
    this.#stream(event.account).counted.push(this.#append(event.account, paid(event, this.#payments++)));
  }

  /** Publishes the version first. */
  #activate(ruleSet: RuleSet): void {
    const version = (this.#versions.get(ruleSet.name) ?? 0) + 1;
    this.#versions.set(ruleSet.name, version);
    const stream = ruleSetStream(ruleSet.name);
    this.facts.push({ stream, fact: published(ruleSet, version) });
    this.facts.push({ stream, fact: activated(ruleSet.name, version) });
  }

  #stream(of: number): Stream {
    const stream = this.#streams.get(of) ?? { revision: -1, counted: [], excluded: [], blocking: [] };
    this.#streams.set(of, stream);
    return stream;
  }

  /** @returns its revision */
  #append(of: number, fact: FactDraft): number {
    this.facts.push({ stream: accountStream(`a${of}`), fact });
    return ++this.#stream(of).revision;
  }
}

const START_MS = Date.UTC(2026, 2, 1);
const HOUR_MS = 3_600_000;

/** Times go on by some hours; now and then one is late by days, or by weeks. */
function paid({ account: of, amountMinor, imported }: Of<'pay'>, count: number): FactDraft {
  const accountId = `a${of}`;
  const lateHours = count % 11 === 10 ? 24 * (amountMinor + 1) * (count % 3) : 0;
  const occurredAt = new Date(START_MS + (count * 5 - lateHours) * HOUR_MS).toISOString();
  const transaction = { accountId, transactionId: `t${count}`, amountMinor, occurredAt };
  return submitted({ ...transaction, deviceId: `d${(count * 7) % 5}` }, imported ? 'import' : 'live');
}
