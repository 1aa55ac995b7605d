import { EXPORT_TOPICS, type ExportTopic, type LetterFilter } from '../../../domain/export-record.ts';
import { type Redriven, redrive } from '../../../processors/redrive.ts';
import { KafkaExportLog } from '../../kafka/kafka-export-log.ts';
import { openClient } from '../../kafka/open-client.ts';
import { quietNegativeTimeouts } from '../../kafka/quiet-timeouts.ts';
import { openPostgres } from '../../postgres/open-postgres.ts';
import { type PostgresDeadLetters, postgresDeadLetters } from '../../postgres/postgres-dead-letters.ts';
import { tryAlone } from '../../postgres/try-alone.ts';
import type { EnginesConfig, LayoutOptions } from '../../server/distributed/engines-config.ts';
import { exportTopicOf } from '../../server/distributed/topology.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { namedEngines } from '../named-engines.ts';
import { wholeNumber } from '../number-option.ts';

export type DeadLetterOptions = LayoutOptions & {
  topic?: string;
  account?: string;
  json: boolean;
  /** Of list and show. */
  limit?: string;
  /** Of redrive. */
  yes?: boolean;
};

interface Work {
  engines: EnginesConfig;
  letters: PostgresDeadLetters;
  filter: LetterFilter;
  limit: number;
  say(answer: object, text: () => string): void;
}

const MOST_SHOWN = 100_000;

/** Lists, shows or delivers again what exports could not deliver. */
export async function deadLetters(
  what: 'list' | 'show' | 'redrive',
  { topic, account, json, limit = '100', yes = false, ...options }: DeadLetterOptions,
): Promise<number> {
  quietNegativeTimeouts();
  const filter: LetterFilter = { topic: topicNamed(topic), accountId: account };
  const shown = wholeNumber('--limit', limit, 1, MOST_SHOWN);
  const engines = namedEngines(options);
  if (engines === undefined) {
    throw new CommandFailed(
      'exports are of the distributed deployment: give EVENTSTORE_URL, KAFKA_BROKERS and DATABASE_URL',
      EXIT.usage,
    );
  }
  const pool = await openPostgres(engines.databaseUrl, { applicationName: 'shrike dlq', max: 2 });
  const say = (answer: object, text: () => string) =>
    void process.stdout.write(json ? `${JSON.stringify(answer)}\n` : text());
  const work: Work = { engines, letters: postgresDeadLetters(pool), filter, limit: shown, say };
  try {
    if (what === 'list') return await list(work);
    if (what === 'show') return await show(work);
    if (!yes) return await preview(work);
    const done = await tryAlone(engines.databaseUrl, 'redrive', () => deliverAgain(work));
    if (done === undefined) throw new CommandFailed('another redrive is under way', EXIT.refused);
    return done;
  } finally {
    await pool.end();
  }
}

function topicNamed(topic: string | undefined): ExportTopic | undefined {
  const found = EXPORT_TOPICS.find((name) => name === topic);
  if (topic === undefined || found !== undefined) return found;
  throw new CommandFailed(`--topic is ${EXPORT_TOPICS.join(' or ')}, not "${topic}"`, EXIT.usage);
}

async function list({ letters, filter, limit, say }: Work): Promise<number> {
  const [topics, accounts] = [await letters.count(filter), await letters.groups(filter, limit)];
  say({ topics, accounts }, () => {
    if (topics.length === 0) return 'no dead letters\n';
    const lines = accounts.map(({ topic, accountId, letters: count, first, failedAt, problem }) => {
      return `${topic} ${accountId}: ${count} from revision ${first} on, since ${failedAt}: ${problem}\n`;
    });
    const known = topics.reduce((sum, each) => sum + each.accounts, 0);
    const more = known > accounts.length ? `and ${known - accounts.length} accounts more (--limit)\n` : '';
    return `${counted(topics)}${lines.join('')}${more}`;
  });
  return EXIT.ok;
}

async function show({ letters, filter, limit, say }: Work): Promise<number> {
  const found = await letters.kept(filter, undefined, limit);
  say(found, () =>
    found
      .map(({ topic, accountId, revision, id, failedAt, failures, problem, value }) => {
        const tried = failures > 1 ? `, ${failures} times` : '';
        return `${topic} ${accountId} revision ${revision} (${id})\n  ${failedAt}${tried}: ${problem}\n  ${value}\n`;
      })
      .join(''),
  );
  if (found.length > 0) return EXIT.ok;
  process.stderr.write('shrike: there are no such dead letters\n');
  return EXIT.no;
}

async function preview({ letters, filter, say }: Work): Promise<number> {
  const topics = await letters.count(filter);
  say({ topics, redriven: null }, () =>
    topics.length === 0
      ? 'no dead letters\n'
      : `${counted(topics)}nothing was done: the same with --yes delivers them, in the order of each account\n`,
  );
  return EXIT.ok;
}

async function deliverAgain({ engines, letters, filter, say }: Work): Promise<number> {
  const { kafka, layout } = engines;
  const log = new KafkaExportLog(openClient(kafka), (topic) => exportTopicOf(topic, layout).name);
  let redriven: Redriven;
  try {
    redriven = await redrive({ letters, log, filter });
  } finally {
    await log.close();
  }
  const topics = await letters.count(filter);
  const { delivered, refused } = redriven;
  say({ topics, redriven }, () => {
    const lines = refused.map(({ topic, accountId, revision, problem }) => {
      return `refused again: ${topic} ${accountId} revision ${revision}: ${problem}\n`;
    });
    return `delivered ${delivered}\n${lines.join('')}${counted(topics)}`;
  });
  return refused.length === 0 ? EXIT.ok : EXIT.no;
}

function counted(topics: Awaited<ReturnType<PostgresDeadLetters['count']>>): string {
  const lines = topics.map(({ topic, letters, accounts, oldestSeconds }) => {
    return `${topic}: ${letters} dead letters of ${accounts} accounts, the oldest ${oldestSeconds} s old\n`;
  });
  return lines.join('');
}
