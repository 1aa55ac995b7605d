import type {
  Counterfactual,
  ExplainedEvent,
  ExplainedFeature,
  ExplainedHit,
  ExplainedListing,
  Explanation,
  WhatIf,
} from '../../domain/explanation.ts';
import type { FeatureValue } from '../../domain/facts.ts';
import type { FieldValue } from '../../domain/transaction.ts';

const CHANGES_SHOWN = 10;

/**
 * An explanation as text to read: what was decided and why, and the features that it hangs on with their events.
 * @param all whether the other features are shown with their events too, not only with their values
 */
export function explainReport(explanation: Explanation, all: boolean): string {
  const { features, counterfactual, whatIf } = explanation;
  const lines = [
    ...head(explanation),
    ...differences(explanation.differences),
    '',
    ...hits(explanation.hits),
    ...undefinedRules(explanation.recorded.undefinedRules),
    ...beside(explanation.recorded),
    ...counterfactualLines(counterfactual),
    ...featuresLines(features, all),
    ...(whatIf === null ? [] : ['', ...whatIfLines(whatIf, all)]),
  ];
  return `${lines.join('\n')}\n`;
}

function head({ transaction, recorded }: Explanation): string[] {
  const { transactionId, accountId, revision, position, occurredAt, receivedAtMs } = transaction;
  const { amountMinor, currency, amountBaseMinor } = transaction;
  const { ruleSet, lateByMs, origin } = recorded;
  const base = amountBaseMinor === null ? 'no base amount' : `base amount ${amountBaseMinor}`;
  const late = lateByMs === 0 ? 'in order' : `${lateByMs / 1_000} s behind the newest event of its account`;
  const by =
    ruleSet.version === 0 ? 'no rule set, none was active yet' : `${ruleSet.name} version ${ruleSet.version}`;
  return aligned([
    ['transaction', `${transactionId} of account ${accountId}, revision ${revision}, position ${position}`],
    ['amount', `${amountMinor} ${currency} in minor units, ${base}`],
    ['occurred', `${occurredAt}, ${late}`],
    ['received', `${new Date(receivedAtMs).toISOString()}${origin === 'import' ? ', as history' : ''}`],
    ['decision', saidText(recorded)],
    ['by', by],
  ]);
}

function hits(found: readonly ExplainedHit[]): string[] {
  if (found.length === 0) return ['no rule hit'];
  return aligned([
    ['rule', 'points', 'reason', 'when'],
    ...found.map(({ rule, points, reason, when }) => [rule, String(points), reason, oneLine(when)]),
  ]);
}

function beside({ beside: found }: Explanation['recorded']): string[] {
  if (found === undefined) return [];
  const scores = Object.entries(found.scores).map(([name, value]) => `${name} ${value ?? 'missing'}`);
  return [
    ...(found.shadowHits.length === 0 ? [] : [`shadow rules that were met: ${found.shadowHits.join(', ')}`]),
    ...(scores.length === 0 ? [] : [`scores beside: ${scores.join(', ')}`]),
  ];
}

function undefinedRules(rules: readonly string[]): string[] {
  return rules.length === 0 ? [] : [`met a missing value, and so not met: ${rules.join(', ')}`];
}

function counterfactualLines({ candidates, tried, changes }: Counterfactual): string[] {
  if (candidates === 0) return [];
  const bound = tried === candidates ? '' : ` (the newest ${tried} of ${candidates} were tried)`;
  if (changes.length === 0) {
    return ['', `no single earlier event, taken away, would have changed the decision${bound}`];
  }
  const more = changes.length > CHANGES_SHOWN ? [`  and ${changes.length - CHANGES_SHOWN} more`] : [];
  return [
    '',
    `without any one of these it would have been decided otherwise${bound}`,
    ...aligned([
      ['  transaction', 'account', 'occurred', 'amount', 'label', 'would have been'],
      ...changes
        .slice(0, CHANGES_SHOWN)
        .map(({ event, ...said }) => [`  ${event.transactionId}`, ...eventCells(event), saidText(said)]),
    ]),
    ...more,
  ];
}

/** Those that the decision hangs on in full, then the others. */
function featuresLines(features: readonly ExplainedFeature[], all: boolean): string[] {
  const hanging = features.filter(({ readBy }) => readBy.length > 0);
  const others = features.filter(({ readBy }) => readBy.length === 0);
  if (all) return [...hanging, ...others].flatMap((feature) => ['', ...featureLines(feature)]);
  const table = [
    ['other features', 'value', 'events'],
    ...others.map(({ name, value, count }) => [`  ${name}`, valueText(value), String(count)]),
  ];
  return [
    ...hanging.flatMap((feature) => ['', ...featureLines(feature)]),
    ...(others.length === 0 ? [] : ['', ...aligned(table), '--all shows their events too']),
  ];
}

function featureLines(feature: ExplainedFeature): string[] {
  const { name, value, readBy, events, count } = feature;
  const used = readBy.length === 0 ? '' : `; read by ${readBy.join(', ')}`;
  const title = [`${name} = ${valueText(value)}`, `  ${definitionText(feature)}${used}`];
  if (feature.list !== null) return [...title, `  ${listingText(feature.list)}`];
  if (count === 0) return [...title, '  no event'];
  const hasValue = feature.of !== null;
  const rows = events.map((event) => [
    `  ${event.isScored ? '*' : ' '} ${event.transactionId}`,
    ...eventCells(event),
    ...(hasValue ? [valueText(event.value)] : []),
  ]);
  const shown =
    rows.length === 0
      ? []
      : aligned([
          ['    transaction', 'account', 'occurred', 'amount', 'label', ...(hasValue ? [feature.of!] : [])],
          ...rows,
        ]);
  const more =
    count > events.length
      ? [
          `    ${events.length === 0 ? '' : 'and '}${count - events.length} ${events.length === 0 ? 'events' : 'earlier ones'}`,
        ]
      : [];
  return [...title, ...shown, ...more];
}

function definitionText({
  aggregate,
  of,
  per,
  key,
  where,
  prior,
  afterMs,
  upToMs,
  last,
  steps,
  list,
}: ExplainedFeature): string {
  if (list !== null)
    return `${of}${key === null ? ', which it has none of,' : ` ${key}`} on the list ${list.name}`;
  const what = of === null ? aggregate : `${aggregate} of ${of}`;
  const whose = per === 'account' ? '' : ` per ${per}${key === null ? ', which it has none of' : ` ${key}`}`;
  const condition = where === null ? '' : ` where ${oneLine(where)}`;
  const newest = last === null ? '' : `, the last ${last.most}`;
  const from = afterMs === null ? 'ever' : `after ${new Date(afterMs).toISOString()}`;
  const itself = prior ? ', without the transaction itself' : '';
  return `${what}${whose}${condition}${stepsText(steps)}${newest}, ${from} up to ${new Date(upToMs).toISOString()}${itself}`;
}

function stepsText(steps: ExplainedFeature['steps']): string {
  if (steps === null) return '';
  const texts = steps.map(({ firstSeen, where }) => {
    const parts = [firstSeen && `first with its ${firstSeen}`, where && oneLine(where)];
    return parts.filter((part) => part !== null).join(', ');
  });
  return ` of ${texts.join('; then ')}`;
}

function listingText({ name, version, entry }: ExplainedListing): string {
  if (version === 0) return `${name} was not there yet`;
  if (entry === null) return `not on it in version ${version}`;
  const expiry = entry.expiresAt === null ? 'without expiry' : `until ${entry.expiresAt}`;
  const note = entry.note === null ? '' : `: ${entry.note}`;
  return `since version ${entry.version} (position ${entry.position}) by ${entry.by} at ${entry.at}, ${expiry}${note}`;
}

function whatIfLines(whatIf: WhatIf, all: boolean): string[] {
  return [
    `by the rules of ${whatIf.name} it would have been ${saidText(whatIf)}`,
    ...hits(whatIf.hits),
    ...undefinedRules(whatIf.undefinedRules),
    ...featuresLines(whatIf.features, all),
  ];
}

function differences(found: readonly string[]): string[] {
  if (found.length === 0) return [];
  return [
    '',
    'THE RECORD IS OTHERWISE than what the store says; shrike verify tells where that begins',
    ...found.map((sentence) => `  ${sentence}`),
  ];
}

function saidText({ decision, score, reasons }: Pick<WhatIf, 'decision' | 'score' | 'reasons'>): string {
  const because = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
  return `${decision}, score ${score === null ? 'undefined' : score}${because}`;
}

function eventCells(event: Omit<ExplainedEvent, 'value' | 'isScored'>): string[] {
  const { accountId, occurredAt, amountMinor, currency, label } = event;
  return [accountId, occurredAt, `${amountMinor} ${currency}`, label ?? '-'];
}

const valueText = (value: FeatureValue | FieldValue): string => (value === null ? 'missing' : String(value));

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** Columns to the left, two spaces between. */
function aligned(rows: readonly string[][]): string[] {
  const columns = Math.max(...rows.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}
