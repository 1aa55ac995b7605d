import { describe, expect, test } from '@jest/globals';
import type { ExampleTransaction } from './rule-set.ts';
import { parseRuleSet } from './rule-set-parse.ts';
import { ruleSetFromJson } from './rule-set-stored.ts';

const GOOD = `
name: small
description: One feature, one rule
fields: { basketSize: number, vip: boolean }
features:
  count_1h: { aggregate: count, window: 1h, where: 'type == "authorization"' }
  spend_24h: { aggregate: sum, window: 24h }
  biggest_basket: { aggregate: max, of: basketSize, window: 90d, delay: 1d }
  new_device: { aggregate: firstSeen, of: deviceId }
  since_last: { aggregate: sinceLast }
  last_country: { aggregate: last, of: country, prior: true }
rules:
  - id: velocity_1h
    when: count_1h >= 10 and not vip
    points: 60
    reason: VELOCITY_1H
thresholds: { review: 50, decline: 80 }
tests:
  - name: ten within an hour
    given:
      - { amountMinor: 100, currency: EUR, occurredAt: '2026-03-01T12:00:00Z', type: authorization, repeat: 3, every: 10s }
      - { amountMinor: 5, currency: USD, occurredAt: '2026-03-01T12:01:00Z', amountBaseMinor: null }
    then: { decision: approve, reasons: [], score: 0 }
`;

const THIS_MONTH = 'this_month: { aggregate: count, window: { calendar: month, zone: Europe/Berlin } }';

/** `line:column path: problem (suggestion)` */
function problemsOf(source: string): string[] {
  const parsed = parseRuleSet(source);
  if ('ruleSet' in parsed) return [];
  return parsed.problems.map(({ line, column, path, problem, suggestion }) => {
    return `${line}:${column} ${path}: ${problem}${suggestion === null ? '' : ` (${suggestion})`}`;
  });
}

/** The good rule set with one line changed. */
const changed = (from: string, to: string) => {
  expect(GOOD).toContain(from);
  return problemsOf(GOOD.replace(from, to));
};

describe('what becomes of alerts', () => {
  const rule = 'reason: VELOCITY_1H\n';

  test('is kept in milliseconds', () => {
    const source = GOOD.replace(rule, `${rule}    family: pace\n    coolDown: 90m\n`);
    const parsed = parseRuleSet(source.replace('tests:', 'alerts: { group: 24h }\ntests:'));
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.ruleSet.rules[0]).toMatchObject({ family: 'pace', coolDownMs: 5_400_000 });
    expect(parsed.ruleSet.alerts).toEqual({ groupMs: 86_400_000 });
    expect(ruleSetFromJson(JSON.parse(JSON.stringify(parsed.ruleSet)))).toEqual(parsed.ruleSet);
  });

  test.each([
    [
      'tests:',
      'alerts: { group: 24 }\ntests:',
      '18:18 alerts.group: must be a duration from 1s to 90d, such as 24h, not 24',
    ],
    [
      'tests:',
      'alerts: { group: 91d }\ntests:',
      '18:18 alerts.group: must be a duration from 1s to 90d, such as 24h, not "91d"',
    ],
    [
      'tests:',
      'alerts: { groups: 1h }\ntests:',
      '18:11 alerts.groups: is no key of this part (did you mean "group"?)',
    ],
    [
      rule,
      `${rule}    coolDown: soon\n`,
      '17:15 rules[0].coolDown: must be a duration from 1s to 90d, such as 24h, not "soon"',
    ],
    [
      rule,
      `${rule}    family: card testing\n`,
      '17:13 rules[0].family: must be 1 to 64 letters, digits and "_", such as card_testing, beginning with a letter, not "card testing"',
    ],
    [
      rule,
      `${rule}    family: pace\n`,
      '17:13 rules[0].family: gathers nothing where alerts are not grouped (say within what time, at the top, as in alerts: { group: 24h })',
    ],
  ])('%j replaced by %j is told', (from, to, problem) => {
    expect(changed(from, to)).toContain(problem);
  });
});

describe('what is reckoned beside', () => {
  const scores = (text: string) => `scores: ${text}\nthresholds`;

  test('is kept in the order of the document; a shadow rule needs no points', () => {
    const rule = '  - { id: quiet, when: vip, reason: QUIET, shadow: true }';
    const source = GOOD.replace(
      'thresholds',
      `${rule}\n${scores('{ second: 2 * count_1h, first: since_last }')}`,
    );
    const parsed = parseRuleSet(source);
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.ruleSet.scores!.map(({ name, value }) => [name, value.source])).toEqual([
      ['second', '2 * count_1h'],
      ['first', 'since_last'],
    ]);
    expect(parsed.ruleSet.rules[1]).toMatchObject({ id: 'quiet', points: 0, shadow: true });
    expect(ruleSetFromJson(JSON.parse(JSON.stringify(parsed.ruleSet)))).toEqual(parsed.ruleSet);
  });

  test.each([
    [
      '{ Pace: count_1h }',
      '17:11 scores.Pace: must be 1 to 64 small letters, digits and "_", beginning with a letter (choose another name)',
    ],
    ['{ count_1h: 1 }', '17:11 scores.count_1h: is the name of a feature or field (choose another name)'],
    ['{ score: 1 }', '17:11 scores.score: is the name of a column of every decision (choose another name)'],
    ['{ pace: cuont_1h }', '17:17 scores.pace: does not know "cuont_1h" (did you mean "count_1h"?)'],
    [
      '{ pace: [1] }',
      '17:17 scores.pace: must be an expression (a number reckoned from features, as in a + 2 * b)',
    ],
  ])('%s is told', (text, problem) => {
    expect(changed('thresholds', scores(text))).toContain(problem);
  });
});

describe('a good rule set', () => {
  const parsed = parseRuleSet(GOOD.replace('rules:\n', `  ${THIS_MONTH}\nrules:\n`));
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const { ruleSet } = parsed;

  test('is JSON all through', () => {
    expect(JSON.parse(JSON.stringify(ruleSet))).toEqual(ruleSet);
  });

  test('has its features defined to the millisecond, defaults filled in', () => {
    expect(ruleSet.semantics).toBe(1);
    const byName = Object.fromEntries(ruleSet.features.map((feature) => [feature.name, feature]));
    expect(byName.count_1h).toMatchObject({
      aggregate: 'count',
      of: null,
      windowMs: 3_600_000,
      delayMs: 0,
      prior: false,
    });
    expect(byName.count_1h!.where!.source).toBe('type == "authorization"');
    expect(byName.spend_24h).toMatchObject({
      of: 'amountBaseMinor',
      windowMs: 86_400_000,
      type: 'number',
      where: null,
    });
    expect(byName.biggest_basket).toMatchObject({
      of: 'basketSize',
      windowMs: 90 * 86_400_000,
      delayMs: 86_400_000,
    });
    // The longest month, and the hour that clocks repeat.
    expect(byName.this_month).toMatchObject({
      windowMs: (31 * 24 + 1) * 3_600_000,
      calendar: { period: 'month', zone: 'Europe/Berlin' },
    });
    expect(byName.new_device).toMatchObject({ windowMs: null, prior: true, type: 'boolean' });
    expect(byName.since_last).toMatchObject({ of: null, windowMs: null, prior: true, type: 'number' });
    expect(byName.last_country).toMatchObject({ windowMs: null, prior: true, type: 'string' });
  });

  test('has its examples written out', () => {
    const [example] = ruleSet.examples;
    expect(
      (example!.given as ExampleTransaction[]).map(({ transactionId, occurredAt, amountBaseMinor }) => [
        transactionId,
        occurredAt,
        amountBaseMinor,
      ]),
    ).toEqual([
      ['t1', '2026-03-01T12:00:00Z', 100],
      ['t2', '2026-03-01T12:00:10.000Z', 100],
      ['t3', '2026-03-01T12:00:20.000Z', 100],
      ['t4', '2026-03-01T12:01:00Z', null],
    ]);
    expect(example!.given[0]).toMatchObject({ accountId: 'acct', type: 'authorization' });
    expect(example!.then).toEqual({ decision: 'approve', reasons: [], score: 0 });
  });
});

/** A line, what it becomes, and what is said of it. */
const FAULTS: [string, string, ...(string | RegExp)[]][] = [
  ['description:', 'descripton:', '3:1 descripton: is no key of this part (did you mean "description"?)'],
  ['name: small', 'name: Small Set', /^2:7 name: must be 1 to 64 small letters/],
  ['name: small\n', '\n', '3:1 name: is missing (it must be a text)'],
  ['vip: boolean', 'vip: bool', '4:36 fields.vip: must be number, string or boolean, not "bool"'],
  [
    'vip: boolean',
    'vip: boolean, country: string',
    '4:45 fields.country: is the name of a transaction field (leave it out: it is known)',
  ],
  [
    'window: 1h',
    'window: 60',
    '6:41 features.count_1h.window: must be a duration such as 90s, 15m, 24h, 30d, not 60 (write the unit: 60s, 60m, 60h or 60d)',
  ],
  [
    'window: 24h',
    'window: { calendar: year, zone: UTC }',
    '7:52 features.spend_24h.window.calendar: must be one of day, week, month, not "year"',
  ],
  [
    'window: 24h',
    'window: { calendar: day }',
    '7:32 features.spend_24h.window.zone: is missing (it must be a text)',
  ],
  [
    'window: 24h',
    'window: { calendar: day, zone: Europe/Berlinn }',
    '7:63 features.spend_24h.window.zone: "Europe/Berlinn" is no time zone (did you mean "Europe/Berlin"?)',
  ],
  [
    'aggregate: sinceLast',
    'aggregate: sequence, window: 1h',
    /^10:3 features\.since_last\.steps: is missing \(as in steps: \[\{ firstSeen: deviceId \}, /,
  ],
  [
    'aggregate: sinceLast',
    'aggregate: sequence, window: lifetime, steps: [{ firstSeen: deviceId }, { where: vip }]',
    /^10:46 features\.since_last\.window: must be a duration from 1s to 90d, or a calendar window/,
  ],
  [
    'aggregate: sinceLast',
    'aggregate: sequence, window: 1h, steps: [{ firstSeen: device }, { where: vip }]',
    '10:71 features.since_last.steps[0].firstSeen: "device" is no field of a transaction (did you mean "deviceId"?)',
  ],
  [
    'aggregate: sinceLast',
    'aggregate: sequence, window: 1h, steps: [{ firstSeen: outcome }, {}]',
    /^10:71 features\.since_last\.steps\[0\]\.firstSeen: outcome may be learnt later/,
    /^10:82 features\.since_last\.steps\[1\]: asks for nothing/,
  ],
  [
    'aggregate: sinceLast',
    'aggregate: sequence, window: 1h, where: vip, steps: [{ firstSeen: deviceId }, { where: vip }]',
    '10:50 features.since_last.where: sequence has no where (put the condition into a step: { where: … })',
  ],
  [
    'aggregate: sinceLast',
    'aggregate: sinceLast, steps: []',
    '10:39 features.since_last.steps: sinceLast has no steps (to ask for one after the other, write aggregate: sequence)',
  ],
  [
    'window: 24h',
    'window: { last: 1001 }',
    '7:48 features.spend_24h.window.last: must be a whole number from 1 to 1000, not 1001',
  ],
  [
    'window: 24h',
    'window: { last: 10, within: 91d }',
    '7:60 features.spend_24h.window.within: must be 1s to 90d, not 91d',
  ],
  [
    'window: 24h',
    'window: { last: 10, among: new_device }',
    /^7:59 features\.spend_24h\.window\.among: reads the feature "new_device" \(among reads the fields of one event/,
  ],
  [
    'window: 24h',
    'window: { lats: 10 }',
    '7:40 features.spend_24h.window: says neither calendar nor last (as in { calendar: day, zone: Europe/Berlin } or { last: 10 })',
  ],
  [
    'not vip',
    'hourOfDay("Europe/Berln") < 6',
    '14:30 rules[0].when: "Europe/Berln" is no time zone (did you mean "Europe/Berlin"?)',
  ],
  [
    'not vip',
    'dayOfWeek(country) < 6',
    '14:30 rules[0].when: dayOfWeek takes the name of a time zone (write dayOfWeek("Europe/Berlin"))',
  ],
  ['window: 24h', 'window: 91d', '7:40 features.spend_24h.window: must be 1s to 90d, or lifetime, not 91d'],
  [
    'window: 24h',
    'windw: 24h',
    '7:32 features.spend_24h.windw: is no key of this part (did you mean "window"?)',
  ],
  [
    'aggregate: sum,',
    'aggregate: summ,',
    /^7:27 features\.spend_24h\.aggregate: must be one of .*not "summ" \(did you mean "sum"\?\)$/,
  ],
  [
    'aggregate: sum,',
    'aggregate: sum, of: amountMinor,',
    /^7:36 features\.spend_24h\.of: sum can be of amountBaseMinor only/,
  ],
  [
    'of: basketSize',
    'of: country',
    /^8:41 features\.biggest_basket\.of: max needs a number, but country is a string/,
  ],
  [
    'of: basketSize',
    'of: basketsize',
    '8:41 features.biggest_basket.of: "basketsize" is no field of a transaction (did you mean "basketSize"?)',
  ],
  ['aggregate: firstSeen, of: deviceId', 'aggregate: firstSeen', /^9:3 features\.new_device\.of: is missing/],
  [
    'of: deviceId',
    'of: deviceId, window: 1h',
    /^9:53 features\.new_device\.window: firstSeen looks at the whole life/,
  ],
  [
    'aggregate: sinceLast',
    'aggregate: sinceLast, prior: false',
    /^10:46 features\.since_last\.prior: sinceLast always looks/,
  ],
  [
    'of: country, prior: true',
    'of: country, per: merchantId',
    /^11:54 features\.last_country\.per: must be account, merchant, .* not "merchantId" \(did you mean merchant\?\)$/,
  ],
  [
    'of: country, prior: true',
    'of: country, per: basketSize',
    /^11:54 features\.last_country\.per: must be a field of text, but basketSize is a number/,
  ],
  [
    'of: country, prior: true',
    `of: country, where: 'label == "fraud"'`,
    /^11:3 features\.last_country: label may be learnt later, which a whole life has no end for \(give it a window/,
  ],
  [
    'and not vip',
    'and label == "fraud"',
    /^14:30 rules\[0\]\.when: does not know "label" \(what is learnt later/,
  ],
  ['new_device:', 'country:', '9:3 features.country: is the name of a field (choose another name)'],
  [
    'new_device:',
    'score:',
    '9:3 features.score: is the name of a column of every decision (choose another name)',
  ],
  ['type ==', 'spend_24h ==', /^6:52 features\.count_1h\.where: reads the feature "spend_24h"/],
  ['type ==', 'typ ==', '6:53 features.count_1h.where: does not know "typ" (did you mean "type"?)'],
  ['and not vip', 'and not vipp', '14:34 rules[0].when: does not know "vipp" (did you mean "vip"?)'],
  ['and not vip', '&& vip', '14:26 rules[0].when: has "&&", which is no operator here (write "and")'],
  ['points: 60', 'points: 101', '15:13 rules[0].points: must be -100 to 100, not 101'],
  ['    points: 60\n', '', '13:5 rules[0].points: is missing (a number from -100 to 100, as in points: 40)'],
  ['reason: VELOCITY_1H', 'reason: too fast', /^16:13 rules\[0\]\.reason: must be 1 to 64 capital letters/],
  [
    'reason: VELOCITY_1H',
    'reason: SCORE_UNDEFINED',
    /^16:13 rules\[0\]\.reason: is what a missing score is told by/,
  ],
  ['review: 50', 'review: 90', '17:23 thresholds.review: must not be above decline (80), but is 90'],
  ['thresholds: { review: 50, decline: 80 }\n', '', /thresholds: is missing/],
  ['currency: EUR', 'currency: EURO', /^21:39 tests\[0\]\.given\[0\]\.currency: must be an ISO 4217 code/],
  ['every: 10s', 'every: 10', /^21:\d+ tests\[0\]\.given\[0\]\.every: must be a text, not 10/],
  [
    'reasons: []',
    'reasons: [VELOCITY_2H]',
    '23:42 tests[0].then.reasons[0]: "VELOCITY_2H" is the reason of no rule (did you mean "VELOCITY_1H"?)',
  ],
  [
    'decision: approve',
    'decision: aprove',
    /^23:23 tests\[0\]\.then\.decision: must be one of approve, review, decline, not "aprove" \(did/,
  ],
  ['{ decision: approve, reasons: [], score: 0 }', '{}', /^23:11 tests\[0\]\.then: expects nothing/],
];

describe('a fault is told with its place', () => {
  test.each(FAULTS)('%s -> %s', (from, to, ...expected) => {
    const problems = changed(from, to);
    expect(problems).toHaveLength(expected.length);
    problems.forEach((problem, i) => {
      if (typeof expected[i] === 'string') expect(problem).toBe(expected[i]);
      else expect(problem).toMatch(expected[i]!);
    });
  });

  test('a constant may be called as a feature is', () => {
    expect(changed('type ==', `merchantId == "count_1h" and type ==`)).toEqual([]);
  });

  test('faults of every part come at once, in the order of the document', () => {
    const source = GOOD.replace('window: 1h', 'window: 1')
      .replace('aggregate: sinceLast', 'aggregate: sinceLst')
      .replace('points: 60', 'points: lots')
      .replace('decline: 80', 'decline: 800')
      .replace('amountMinor: 5', 'amountMinor: 5.5');
    const problems = problemsOf(source);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['6', '10', '15', '17', '22']);
  });

  test('a feature that is at fault itself is not told again by every rule that reads it', () => {
    expect(changed('window: 1h', 'window: 1x')).toHaveLength(1);
  });

  test('a name that every object has already is no name', () => {
    expect(changed('vip: boolean', 'vip: boolean, constructor: string')[0]).toMatch(
      /^4:45 fields.constructor: is a word/,
    );
    expect(changed('new_device:', 'constructor:')[0]).toMatch(/^9:3 features.constructor: is a word/);
  });

  test('two rules of one id', () => {
    const rule = '  - { id: velocity_1h, when: vip, points: 1, reason: VIP }\n';
    expect(changed('thresholds:', `${rule}thresholds:`)).toEqual([
      '17:11 rules[1].id: "velocity_1h" is the id of an earlier rule too',
    ]);
  });

  test('an expression inside quotes is pointed into, a folded one at its start', () => {
    const quoted = changed('when: count_1h >= 10 and not vip', `when: "count_1h >= 10 and vipp"`);
    expect(quoted[0]).toMatch(/^14:31 /);
    const folded = changed(
      'when: count_1h >= 10 and not vip',
      'when: >\n      count_1h >= 10\n      and vipp',
    );
    expect(folded[0]).toMatch(/^14:11 rules\[0\]\.when: does not know "vipp"/);
  });

  test('too many of a thing', () => {
    const features = (count: number) =>
      Array.from(
        { length: count },
        (_, i) => `  f${i}: { aggregate: count, window: 1h, where: amountMinor > ${i % 40} }\n`,
      ).join('');
    expect(changed('  spend_24h:', `${features(32)}  spend_24h:`)).toEqual([
      '5:1 features: has 33 different where conditions, more than 32',
    ]);
    expect(changed('  spend_24h:', `${features(251)}  spend_24h:`)[0]).toBe(
      '5:1 features: holds 257 features, more than 256',
    );
  });
});

describe('more than anyone reads', () => {
  test('too many time zones: their offsets are kept with the rule set', () => {
    const read = (count: number) =>
      changed(
        'count_1h >= 10 and not vip',
        Intl.supportedValuesOf('timeZone')
          .slice(0, count)
          .map((zone) => `hourOfDay("${zone}") < 6`)
          .join(' or '),
      );
    expect(read(12)).toEqual([]);
    const features = Array.from({ length: 17 }, (_, i) => {
      return `  z${i}: { aggregate: count, window: { calendar: day, zone: ${Intl.supportedValuesOf('timeZone')[i]} } }\n`;
    });
    expect(changed('  spend_24h:', `${features.slice(1).join('')}  spend_24h:`)).toEqual([]);
    expect(changed('  spend_24h:', `${features.join('')}  spend_24h:`)).toEqual([
      '2:1 : reads 17 time zones, more than 16',
    ]);
  });

  test('the first 200 problems are listed, the rest counted', () => {
    const keys = Array.from({ length: 300 }, (_, i) => `zz${i}: 1\n`).join('');
    const problems = problemsOf(GOOD + keys);
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)).toMatch(/: 100 more problems are not listed$/);
  });

  test('examples are bounded together', () => {
    const example =
      '  - { name: x, given: [{ repeat: 1000, every: 1s, amountMinor: 1, currency: EUR, occurredAt: "2026-03-01T12:00:00Z" }], then: { score: 0 } }\n';
    expect(problemsOf(GOOD + example.repeat(9))).toEqual([]);
    expect(problemsOf(GOOD + example.repeat(10))).toEqual([
      '18:1 tests: make 10004 transactions in all, more than 10000',
    ]);
  });
});

describe('a score expression', () => {
  test('replaces points, which may then be left out', () => {
    const parsed = parseRuleSet(
      GOOD.replace('    points: 60\n', '').replace('thresholds:', 'score: count_1h * 5\nthresholds:'),
    );
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.ruleSet.score!.source).toBe('count_1h * 5');
    expect(parsed.ruleSet.rules[0]!.points).toBe(0);
  });

  test('must be a number', () => {
    expect(changed('thresholds:', 'score: count_1h > 5\nthresholds:')[0]).toMatch(
      /^17:8 score: must be a number, but it is true or false/,
    );
  });
});
