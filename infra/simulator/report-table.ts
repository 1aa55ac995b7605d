import type { Report } from './report.ts';

/** The report as text of at most 100 columns. */
export function reportTable(report: Report): string {
  return [
    ...fraudTable(report),
    '',
    ...lookAlikeTable(report),
    '',
    ...overall(report),
    ...report.failures.map((failure) => `not taken: ${failure}`.slice(0, WIDTH)),
  ].join('\n');
}

const WIDTH = 100;

function fraudTable({ frauds, incidents, incidentsCaught, fraudTransactions }: Report): string[] {
  const alerts = frauds.reduce((total, each) => total + each.alerts, 0);
  return table(
    ['planted fraud', 'planted', 'caught', 'first alert at', 'transactions', 'alerted'],
    [
      ...frauds.map(({ pattern, planted, caught, medianUntilAlert, transactions, alerts }) => [
        words(pattern),
        `${planted}`,
        `${caught}`,
        medianUntilAlert === null ? '-' : `transaction ${medianUntilAlert}`,
        `${transactions}`,
        `${alerts}`,
      ]),
      ['all', `${incidents}`, `${incidentsCaught}`, '', `${fraudTransactions}`, `${alerts}`],
    ],
  );
}

function lookAlikeTable({ lookAlikes }: Report): string[] {
  return table(
    ['honest look-alike', 'planted', 'alerted', '', 'transactions', 'alerted'],
    lookAlikes.map(({ pattern, planted, alerted, transactions, alerts }) => [
      words(pattern),
      `${planted}`,
      `${alerted}`,
      '',
      `${transactions}`,
      `${alerts}`,
    ]),
  );
}

function overall(report: Report): string[] {
  const { latency, ratePerSecond, transactions, alerts, accountsAlerted, degraded, failed } = report;
  return [
    `precision  ${percent(report.precision)} of ${alerts} alerted transactions are planted fraud; ` +
      `${percent(report.accountPrecision)} of ${accountsAlerted} accounts`,
    `queue      ${report.queue} alerts hold them`,
    `recall     ${percent(report.recall)} of fraudulent transactions; ` +
      `${report.incidentsCaught} of ${report.incidents} incidents`,
    `decision   p50 ${ms(latency.p50Ms)}  p99 ${ms(latency.p99Ms)}  p99.9 ${ms(latency.p999Ms)} after submission, ` +
      `durable, at ${Math.round(ratePerSecond)}/s`,
    `answered   ${transactions - failed - degraded} in time, ${degraded} later, ${failed} not taken`,
  ];
}

/** The first and fourth column to the left, numbers to the right. */
function table(head: readonly string[], rows: readonly string[][]): string[] {
  const widths = [19, 8, 8, 17, 13, 8];
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join(' ')
      .trimEnd();
  return [line(head), '-'.repeat(widths.reduce((total, width) => total + width + 1, -1)), ...rows.map(line)];
}

function words(pattern: string): string {
  return pattern.replaceAll('_', ' ');
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`;
}

function ms(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(1)} ms`;
}
