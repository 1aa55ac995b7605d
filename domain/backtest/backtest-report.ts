import type { RuleSet } from '../rules/rule-set.ts';
import { averagePrecision } from './average-precision.ts';
import { type CardPrecision, cardPrecision } from './card-precision.ts';
import type { Cases } from './cases.ts';
import { type Confusion, confusion } from './confusion.ts';
import { type DayFigures, daySeries } from './day-series.ts';
import { dayOf } from './days.ts';
import { type DecisionChange, decisionChanges } from './decision-changes.ts';
import { DECLINE, type Judgements, REVIEW } from './judgements.ts';
import { countLabels, type LabelCounts, type LabelPolicy } from './label-counting.ts';
import { labelMaturity, type MaturityFigures } from './label-maturity.ts';
import { type ExactMinor, MoneySum } from './money-sum.ts';
import { limitsOf } from './report-limits.ts';
import { rocAuc } from './roc-auc.ts';
import { type RuleFigures, ruleFigures } from './rule-figures.ts';
import { type ScoreBin, scoreDistribution } from './score-distribution.ts';
import { scoreGroups } from './score-groups.ts';
import { share } from './shares.ts';
import { type ThresholdPoint, thresholdCurve, thresholdsToShow } from './threshold-curve.ts';

/** Points of a threshold curve that are shown at most, beside the rule set's own thresholds. */
const MOST_THRESHOLDS = 200;

/** Where the transactions came from. */
export interface BacktestSource {
  kind: 'files' | 'store';
  /** In words, e.g. the names of the files. */
  text: string;
  /** Up to which position the store was read; null of files. */
  through: number | null;
}

/** A rule set that was tried, and what it made of the cases. */
export interface JudgedSet {
  name: string;
  role: 'candidate' | 'against';
  judgements: Judgements;
  /** What it says; several where it is the rule sets as they were in force, the one used last at the end. */
  definitions: readonly UsedDefinition[];
}

export interface UsedDefinition {
  definition: RuleSet;
  /** Null where it was not published; 0 where no rule set was active yet. */
  version: number | null;
  /** How many it judged. */
  transactions: number;
  /** Of the last of these, in the history. */
  lastPosition: number;
}

export interface BacktestInput {
  source: BacktestSource;
  /** Only what occurred from (inclusive) and to (exclusive) here was taken in; null without bound. */
  fromMs: number | null;
  toMs: number | null;
  /** With the labels as given. */
  cases: Cases;
  labelsUsed: 'as-known' | 'final';
  policy: LabelPolicy;
  /** The candidates, and last the set they are compared with, if there is one. */
  sets: readonly JudgedSet[];
  /** Transactions whose authorisation was declined. */
  blocked: number;
  /** ISO 4217 code of the amounts; null where it is not known. */
  baseCurrency: string | null;
  cardsADay: number;
  mostExamples: number;
}

/** All figures of a backtest. JSON all through; its shape is documented in docs/backtest.md. */
export interface BacktestReport {
  format: 1;
  source: BacktestSource;
  period: { from: string | null; to: string | null; first: string | null; last: string | null; days: number };
  transactions: number;
  accounts: number;
  withoutAmount: number;
  amountMinor: ExactMinor;
  baseCurrency: string | null;
  blocked: number;
  labels: LabelCounts & {
    used: 'as-known' | 'final';
    unlabelled: 'genuine' | 'unknown';
    ripeAfterDays: number;
    asOf: string;
  };
  sets: SetFigures[];
  changes: { from: string; to: string; ways: DecisionChange[] }[];
  /** What the figures cannot know, in sentences. */
  limits: string[];
}

export interface SetFigures {
  name: string;
  role: 'candidate' | 'against';
  /** Which definitions judged how many transactions. */
  definitions: { name: string; version: number | null; transactions: number }[];
  thresholds: { review: number; decline: number };
  /** Transactions whose score was missing. */
  withoutScore: number;
  alerts: number;
  /** Alerts over the days of the period, those without transactions too. */
  alertsADay: number | null;
  review: Confusion;
  decline: Confusion;
  averagePrecision: number | null;
  rocAuc: number | null;
  cardPrecision: CardPrecision;
  rules: RuleFigures[];
  thresholdCurve: ThresholdPoint[];
  scores: ScoreBin[];
  days: DayFigures[];
  maturity: MaturityFigures[];
}

const DAY_MS = 86_400_000;

export function backtestReport(input: BacktestInput): BacktestReport {
  const { policy, sets } = input;
  const { cases, counts } = countLabels(input.cases, policy);
  const days = daysSpanned(cases);
  const against = sets.find(({ role }) => role === 'against');
  const report: Omit<BacktestReport, 'limits'> = {
    format: 1,
    source: input.source,
    period: periodOf(input, days),
    transactions: cases.count,
    accounts: new Set(cases.accountIds).size,
    ...amountsOf(cases),
    baseCurrency: input.baseCurrency,
    blocked: input.blocked,
    labels: {
      used: input.labelsUsed,
      unlabelled: policy.unlabelled,
      ripeAfterDays: policy.ripeAfterMs / DAY_MS,
      asOf: isoTime(policy.asOfMs),
      ...counts,
    },
    sets: sets.map((set) => setFigures(cases, set, input, days)),
    changes: sets.flatMap((set) =>
      against === undefined || set === against
        ? []
        : [
            {
              from: against.name,
              to: set.name,
              ways: decisionChanges(cases, against.judgements, set.judgements, input.mostExamples),
            },
          ],
    ),
  };
  return { ...report, limits: limitsOf(report) };
}

function setFigures(
  cases: Cases,
  { name, role, judgements, definitions }: JudgedSet,
  { cardsADay, policy }: BacktestInput,
  days: number,
): SetFigures {
  const groups = scoreGroups(cases, judgements);
  const { thresholds } = definitions.at(-1)!.definition;
  const shown = thresholdsToShow(groups, MOST_THRESHOLDS, [thresholds.review, thresholds.decline]);
  const review = confusion(cases, judgements, REVIEW);
  return {
    name,
    role,
    definitions: definitions.map(({ definition, version, transactions }) => {
      return { name: definition.name, version, transactions };
    }),
    thresholds,
    withoutScore: judgements.scores.reduce((count, score) => (Number.isNaN(score) ? count + 1 : count), 0),
    alerts: review.named,
    alertsADay: share(review.named, days),
    review,
    decline: confusion(cases, judgements, DECLINE),
    averagePrecision: averagePrecision(groups),
    rocAuc: rocAuc(groups),
    cardPrecision: cardPrecision(cases, judgements, cardsADay),
    rules: ruleFigures(
      cases,
      judgements,
      [
        ...new Set(
          definitions.flatMap(({ definition }) =>
            definition.rules.filter(({ shadow }) => !shadow).map(({ id }) => id),
          ),
        ),
      ],
      definitions.every(({ definition }) => definition.score === null),
    ),
    thresholdCurve: thresholdCurve(cases, judgements, shown),
    scores: scoreDistribution(cases, judgements),
    days: daySeries(cases, judgements),
    maturity: labelMaturity(cases, judgements, policy.asOfMs),
  };
}

function periodOf({ fromMs, toMs, cases }: BacktestInput, days: number): BacktestReport['period'] {
  const [first, last] = extent(cases.occurredAtMs);
  return {
    from: fromMs === null ? null : isoTime(fromMs),
    to: toMs === null ? null : isoTime(toMs),
    first: cases.count === 0 ? null : isoTime(first),
    last: cases.count === 0 ? null : isoTime(last),
    days,
  };
}

/** UTC days from the first transaction's to the last one's. */
function daysSpanned({ count, occurredAtMs }: Cases): number {
  if (count === 0) return 0;
  const [first, last] = extent(occurredAtMs);
  return dayOf(last) - dayOf(first) + 1;
}

function extent(values: Float64Array): [least: number, most: number] {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

function amountsOf({ amountsMinor }: Cases): Pick<BacktestReport, 'withoutAmount' | 'amountMinor'> {
  const sum = new MoneySum();
  let withoutAmount = 0;
  for (const amount of amountsMinor) {
    if (Number.isNaN(amount)) withoutAmount++;
    else sum.add(amount);
  }
  return { withoutAmount, amountMinor: sum.json() };
}

const isoTime = (timeMs: number): string => new Date(timeMs).toISOString();
