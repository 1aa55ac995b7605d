import type { z } from 'zod';
import type { factAnswer } from '../../../api/schemas.ts';
import type { FactCommand } from '../../../api/services.ts';
import { problemOf } from '../../client/api-client.ts';
import { EXIT } from '../exit-codes.ts';
import { wholeNumber } from '../number-option.ts';
import { type ServerOptions, serverOf } from '../server-address.ts';

export interface FactOptions extends ServerOptions {
  account: string;
  revision: string;
  reason: string;
  yes: boolean;
  json: boolean;
}

type Answer = z.output<typeof factAnswer>;
type Later = NonNullable<NonNullable<Answer['preview']>['later']>;

/** Excludes or readmits a fact of an account on a running server; without `yes` it only tells what that would do. */
export async function commandFact(what: FactCommand['what'], options: FactOptions): Promise<number> {
  const { account, revision, reason, yes, json } = options;
  const at = wholeNumber('--revision', revision, 0, Number.MAX_SAFE_INTEGER);
  const server = serverOf(options, 'operate');
  const path = `/v1/accounts/${encodeURIComponent(account)}/facts/${at}/${what}${yes ? '' : '?preview=true'}`;
  try {
    const answer = await server.call({ method: 'POST', path, body: JSON.stringify({ reason }) }, [404, 409]);
    if (answer.status >= 400) {
      process.stderr.write(`shrike: ${problemOf(answer)}\n`);
      return EXIT.no;
    }
    process.stdout.write(
      json ? `${answer.body}\n` : report(what, account, JSON.parse(answer.body) as Answer),
    );
    return EXIT.ok;
  } finally {
    server.client.close();
  }
}

function report(what: FactCommand['what'], account: string, { fact, position, preview }: Answer): string {
  const { revision, type, schemaVersion, transaction } = fact;
  const lines = [
    transaction === null
      ? `revision ${revision} of ${account}: ${type}, schema version ${schemaVersion}`
      : `revision ${revision} of ${account}: transaction ${transaction.transactionId}, ${transaction.amountMinor} minor units of ${transaction.currency}, ${transaction.occurredAt}`,
  ];
  if (preview === null) {
    lines.push(`${what === 'exclude' ? 'excluded' : 'readmitted'} from position ${position} on`);
    return `${lines.join('\n')}\n`;
  }
  if (preview.waiting !== null) {
    const { ofAccount, positions } = preview.waiting;
    lines.push(
      'this version of Shrike cannot read it, and its partition stands still there; upgrade, or exclude it for good',
      `behind it wait ${ofAccount} facts of the account; the store went on by ${positions} positions`,
    );
  }
  if (preview.later !== null) lines.push(...laterLines(what, preview.later));
  lines.push(`nothing was done: the same with --yes ${what === 'exclude' ? 'excludes' : 'readmits'} it`);
  return `${lines.join('\n')}\n`;
}

function laterLines(what: FactCommand['what'], { decisions, differ, first, upTo }: Later): string[] {
  const without = what === 'exclude' ? 'without it' : 'with it';
  return [
    `${differ} of ${decisions} later decisions of the account (up to revision ${upTo}) would have been different ${without}; they stay as they are`,
    ...first.map(
      ({ transactionId, revision, is, wouldBe }) =>
        `  revision ${revision}, ${transactionId}: ${said(is)} would have been ${said(wouldBe)}`,
    ),
    ...(differ > first.length ? [`  and ${differ - first.length} more`] : []),
  ];
}

const said = ({ score, decision, reasons }: Later['first'][number]['is']): string =>
  `${decision} (score ${score ?? 'undefined'}${reasons.length === 0 ? '' : `, ${reasons.join(' ')}`})`;
