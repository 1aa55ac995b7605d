import { Command, CommanderError } from 'commander';
import { DEFAULTS, variableOf } from '../server/config.ts';
import { endProcess } from './end-process.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { version } from './version.ts';

const DATA = ['--data <folder>', 'data folder', process.env.SHRIKE_DATA ?? DEFAULTS.data] as const;
const KEYS = ['--keys <file>', 'file of the keys, where there is no data folder (SHRIKE_KEYS)'] as const;
const JSON_OUTPUT = ['--json', 'say it as JSON', false] as const;

const ENGINES_HELP = `
The distributed deployment is named by the environment: EVENTSTORE_URL, KAFKA_BROKERS and DATABASE_URL, all three; then
KAFKA_CLIENT (kafkajs, platformatic), KAFKA_TLS, KAFKA_TLS_CA, KAFKA_TLS_CERT, KAFKA_TLS_KEY, KAFKA_SASL_MECHANISM,
KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD. Without them Shrike serves from its data folder.`;

const program = new Command('shrike')
  .description('Event-sourced fraud detection: exact windows, readable rules, reproducible decisions')
  .version(version)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`shrike: ${text.replace(/^error: /, '')}`) })
  .addHelpText(
    'after',
    '\nExit codes: 0 done; 1 done, and the answer is no; 2 called wrongly; 3 refused, the message says what mends it; 130 broken off.',
  );

/** Whether the folder was named on the command line: then it is meant, whatever the environment names. */
const isDataGiven = (command: Command): boolean => command.getOptionValueSource('data') === 'cli';

/** The options of a command that serves; what is not given comes from the environment. */
function servingOptions(command: Command): Command {
  const option = (flags: string, setting: keyof typeof DEFAULTS, text: string) =>
    command.option(flags, `${text} (${variableOf(setting)}, default ${DEFAULTS[setting] || 'none'})`);
  option('--data <folder>', 'data', 'data folder');
  option('--host <address>', 'host', 'address to listen on');
  option('--port <number>', 'port', 'port to listen on, 0 for any free one');
  option(
    '--base-currency <code>',
    'baseCurrency',
    'currency amounts are compared in until rates are published',
  );
  option('--lateness-ms <ms>', 'latenessMs', 'how late a new transaction may be');
  option(
    '--allow-card-numbers-in <fields>',
    'allowCardNumbersIn',
    'fields in which card-like numbers are let through',
  );
  option('--memory-events <count>', 'memoryEvents', 'events kept in memory over all accounts');
  option('--queue <count>', 'queue', 'submissions that may wait to be stored');
  option('--seal-decisions <count>', 'sealDecisions', 'decisions a seal closes, 0 for no seals');
  option('--seal-ms <ms>', 'sealMs', 'how long decisions wait for a seal at most');
  return command;
}

/** The layout of a distributed deployment; its engines are named by the environment alone. */
function layoutOptions(command: Command): Command {
  return command
    .option('--generation <number>', 'of the mirrored topic (SHRIKE_GENERATION, default 1)')
    .option('--partitions <number>', 'of the mirrored topic (SHRIKE_PARTITIONS, default 12)')
    .option('--replicas <number>', 'copies of each partition (SHRIKE_REPLICAS, default the cluster’s)')
    .option(
      '--exports <on|off>',
      'tell decisions to others in topics of their own (SHRIKE_EXPORTS, default on)',
    );
}

function callingOptions(command: Command): Command {
  return command
    .option(
      '--url <url>',
      'of the running server',
      process.env.SHRIKE_URL ?? `http://127.0.0.1:${DEFAULTS.port}`,
    )
    .option('--key <token>', 'API key (SHRIKE_KEY)')
    .option('--data <folder>', 'folder whose first keys are used where no key is given', DATA[2]);
}

layoutOptions(
  servingOptions(
    program
      .command('serve')
      .description('serve the API on one data folder, or work roles of a distributed deployment')
      .addHelpText('after', ENGINES_HELP),
  ),
)
  .option('--roles <list>', 'of api, mirror, processor, projector (SHRIKE_ROLES, default all)')
  .option('--keys <file>', 'of the API keys, where there is no data folder (SHRIKE_KEYS, default keys.json)')
  .option(...JSON_OUTPUT)
  .action(async (options) => exitWith(await (await import('./commands/serve.ts')).serve(options)));

program
  .command('demo')
  .description('start a server and play some days of a city’s card payments, with planted fraud, to it')
  .option('--seed <text>', 'another seed, another city', '1')
  .option('--rate <per second>', 'live submissions a second (default 1000, distributed 200)')
  .option('--data <folder>', 'keep the data here; by default it goes with the demo')
  .option('--port <number>', 'port to listen on', '0')
  .option('--exit', 'end when the report is out', false)
  .option(
    '--distributed',
    'on Kafka, PostgreSQL and a development event store, in several processes, with a smaller city',
    false,
  )
  .option('--json', 'the report as JSON', false)
  .action(async (options) => exitWith(await (await import('./commands/demo.ts')).demo(options)));

callingOptions(
  program.command('simulate').description('play a simulated city to a running server, or write it to a file'),
)
  .option('--seed <text>', 'another seed, another city', '1')
  .option('--cardholders <count>', 'how many people pay', '2000')
  .option('--days <count>', 'how many days in all', '40')
  .option('--rate <per second>', 'live submissions a second', '1000')
  .option('--out <file>', 'write NDJSON here instead of playing it; - for standard output')
  .option('--truth <file>', 'with --out: what was planted, NDJSON by transactionId')
  .option('--json', 'the report as JSON', false)
  .action(async (options) => exitWith(await (await import('./commands/simulate.ts')).simulateCity(options)));

program
  .command('generate')
  .description('write payments with planted frauds, and their labels, to try rules on')
  .command('handbook')
  .description('after the description of the Fraud Detection Handbook’s simulated card payments')
  .requiredOption('--out <folder>', 'where transactions, labels and truth go, NDJSON in gzip')
  .option('--seed <text>', 'another seed, another city', '1')
  .option('--customers <count>', 'how many people pay, at twice as many terminals', '5000')
  .option('--days <count>', 'how many days in all, from 2018-04-01 on', '183')
  .option('--label-delay <duration>', 'how long after a fraud it is known as one', '7d')
  .option('--json', 'what was written as JSON on standard error', false)
  .action(async (options) =>
    exitWith(await (await import('./commands/generate.ts')).generateHandbook(options)),
  );

callingOptions(
  program.command('import').description('hand a file of transactions to a running server as history'),
)
  .argument('<file>', 'NDJSON, plain or gzip; - for standard input')
  .option('--labels <file>', 'what was learnt on the way (NDJSON, plain or gzip), placed by knownAt')
  .option(...JSON_OUTPUT)
  .action(async (file, options) =>
    exitWith(await (await import('./commands/import.ts')).importFile(file, options)),
  );

program
  .command('score')
  .description('score a file of transactions through the production fold, with no server')
  .requiredOption('--rules <file>', 'rule set (YAML)')
  .requiredOption('--transactions <file>', 'NDJSON, plain or gzip; - for standard input')
  .option('--out <file>', 'CSV to write; - for standard output', '-')
  .option('--labels <file>', 'what is learnt on the way (NDJSON, plain or gzip), placed by knownAt')
  .option('--lists <file>', 'how lists change on the way (NDJSON, plain or gzip), placed by knownAt')
  .option('--rates <file>', 'rate table (JSON: base, rates); without it the first currency counts alone')
  .option('--strict', 'stop at the first bad line instead of skipping it', false)
  .option('--json', 'totals as JSON on standard error', false)
  .action(async (options) => exitWith(await (await import('./commands/score.ts')).score(options)));

layoutOptions(
  program
    .command('backtest')
    .description('try rule sets on history: what they would have caught, and what they would have stopped')
    .addHelpText('after', ENGINES_HELP),
)
  .requiredOption('--rules <files...>', 'rule sets (YAML) to try, each on the same transactions')
  .option('--against <file|active>', 'compare with a rule set, or with those in force at the time (store)')
  .option('--from <time>', 'a day or RFC 3339 time; what occurred earlier only fills the windows')
  .option('--to <time>', 'a day or RFC 3339 time; what occurred then or later is left out')
  .option('--labels <what>', 'store: as-known (by --to) or final; files: NDJSON of labels, plain or gzip')
  .option('--unlabelled <as>', 'genuine or unknown (default: genuine in files, unknown in the store)')
  .option('--ripe-after <duration>', 'younger ones without a label are never genuine (90d; files 0s)')
  .option('--transactions <file>', 'NDJSON, plain or gzip, - for standard input; without it, the store')
  .option('--lists <file>', 'with --transactions: how lists change on the way (NDJSON, plain or gzip)')
  .option('--rates <file>', 'with --transactions: rate table (JSON: base, rates)')
  .option('--cards <count>', 'k of card precision@k: cards looked at in a day', '100')
  .option('--examples <count>', 'of each kind of changed decision at most', '10')
  .option(
    '--threads <count>',
    'of the store: among how many its accounts are shared out (default: one a core)',
  )
  .option('--out <file>', 'write the report as one HTML page')
  .option(...DATA)
  .option(...JSON_OUTPUT)
  .action(async (options, command) =>
    exitWith(await (await import('./commands/backtest.ts')).backtest(options, isDataGiven(command))),
  );

layoutOptions(
  program
    .command('replay')
    .description('rebuild read models beside the live ones and swap them in')
    .addHelpText('after', ENGINES_HELP),
)
  .option('--projection <name>', 'decisions, alerts, rule-sets or rates; all by default')
  .option('--threads <count>', 'among how many decisions are shared out (default: one a core)')
  .option(...DATA)
  .option(...JSON_OUTPUT)
  .action(async (options, command) =>
    exitWith(await (await import('./commands/replay.ts')).replayData(options, isDataGiven(command))),
  );

layoutOptions(
  program
    .command('verify')
    .description('recompute every decision from the store and compare')
    .addHelpText('after', ENGINES_HELP),
)
  .option('--threads <count>', 'among how many it is shared out (default: one a core)')
  .option(...DATA)
  .option(...JSON_OUTPUT)
  .action(async (options, command) =>
    exitWith(await (await import('./commands/verify.ts')).verifyData(options, isDataGiven(command))),
  );

layoutOptions(
  program
    .command('seals')
    .description('up to where what was decided is sealed')
    .addHelpText('after', ENGINES_HELP),
)
  .option(...DATA)
  .option(...JSON_OUTPUT)
  .action(async (options, command) =>
    exitWith(await (await import('./commands/seals.ts')).showSeals(options, isDataGiven(command))),
  );

layoutOptions(
  program
    .command('explain')
    .description(
      'why a transaction was decided as it was: rules, features, and the very events in their windows',
    )
    .addHelpText('after', ENGINES_HELP),
)
  .argument('<transaction>', 'its id')
  .option('--account <id>', 'needed where several accounts have a transaction of that id')
  .option('--rules <file>', 'say too what another rule set (YAML) would have said at the same place')
  .option('--events <count>', 'of each feature, newest first, at most', '10')
  .option('--all', 'show the events of features that no rule that hit reads, too', false)
  .option(...DATA)
  .option(...JSON_OUTPUT)
  .action(async (transaction, options, command) =>
    exitWith(
      await (await import('./commands/explain.ts')).explainTransaction(
        transaction,
        options,
        isDataGiven(command),
      ),
    ),
  );

layoutOptions(
  program
    .command('topology')
    .description('make and check the topics and tables of a distributed deployment, and say what each is for')
    .addHelpText('after', ENGINES_HELP),
)
  .option('--check', 'make nothing', false)
  .option(...JSON_OUTPUT)
  .action(async (options) => exitWith(await (await import('./commands/topology.ts')).topology(options)));

const rules = program
  .command('rules')
  .description('check, publish, compare and activate rule sets, and look back');
rules
  .command('check')
  .description('everything wrong with a rule set, what it costs, and its examples')
  .argument('<file>', 'rule set (YAML); - for standard input')
  .option(...JSON_OUTPUT)
  .action(async (file, options) =>
    exitWith((await import('./commands/rules-check.ts')).rulesCheck(file, options)),
  );
callingOptions(rules.command('publish').description('publish a rule set to a running server'))
  .argument('<file>', 'rule set (YAML); - for standard input')
  .option('--activate', 'put it in force too', false)
  .option('--reason <text>', 'why it is put in force')
  .action(async (file, options) =>
    exitWith(await (await import('./commands/rules-remote.ts')).rulesPublish(file, options)),
  );
callingOptions(rules.command('activate').description('put a published version in force'))
  .argument('<name>', 'of the rule set')
  .argument('<version>', 'number of the version')
  .option('--reason <text>', 'why')
  .action(async (name, wanted, options) =>
    exitWith(await (await import('./commands/rules-remote.ts')).rulesActivate(name, wanted, options)),
  );
const rulesLife = () => import('./commands/rules-life.ts');
callingOptions(rules.command('rollback').description('put what was in force before back in force'))
  .option('--reason <text>', 'why')
  .action(async (options) => exitWith(await (await rulesLife()).rulesRollBack(options)));
callingOptions(rules.command('retire').description('never put a version in force again'))
  .argument('<name>', 'of the rule set')
  .argument('<version>', 'number of the version')
  .requiredOption('--reason <text>', 'why')
  .action(async (name, wanted, options) =>
    exitWith(await (await rulesLife()).rulesRetire(name, wanted, options)),
  );
callingOptions(rules.command('list').description('every version, and which is in force'))
  .option(...JSON_OUTPUT)
  .action(async (options) => exitWith(await (await rulesLife()).rulesList(options)));
callingOptions(rules.command('history').description('what was done with a rule set, by whom and why'))
  .argument('<name>', 'of the rule set')
  .option(...JSON_OUTPUT)
  .action(async (name, options) => exitWith(await (await rulesLife()).rulesHistory(name, options)));
callingOptions(rules.command('diff').description('what a version says otherwise than another, in words'))
  .argument('<first>', 'NAME@VERSION, or a file')
  .argument('<second>', 'NAME@VERSION, or a file')
  .option(...JSON_OUTPUT)
  .action(async (first, second, options) =>
    exitWith(await (await rulesLife()).rulesDiff(first, second, options)),
  );

const lists = program.command('lists').description('values that rules look up: what is on which list');
const theLists = () => import('./commands/lists-remote.ts');
callingOptions(lists.command('put').description('define a list, or describe it anew'))
  .argument('<name>', 'of the list')
  .requiredOption('--of <field>', 'whose values it holds: merchantId, ipAddress, … or an attribute of text')
  .option('--description <text>', 'what it is for')
  .action(async (name, options) => exitWith(await (await theLists()).listPut(name, options)));
callingOptions(lists.command('add').description('put values on a list, or say anew when they expire'))
  .argument('<name>', 'of the list')
  .argument('[values...]', 'of its field')
  .option('--file <file>', 'NDJSON of {value, expiresAt, note}, plain or gzip; - for standard input')
  .option('--expires <time>', 'transactions that occurred before this see them (RFC 3339)')
  .option('--note <text>', 'why')
  .action(async (name, values, options) => exitWith(await (await theLists()).listAdd(name, values, options)));
callingOptions(lists.command('remove').description('take values off a list'))
  .argument('<name>', 'of the list')
  .argument('[values...]', 'of its field')
  .option('--expired-before <time>', 'all that expired before this (RFC 3339)')
  .action(async (name, values, options) =>
    exitWith(await (await theLists()).listRemove(name, values, options)),
  );
callingOptions(lists.command('show').description('every list, or the entries of one'))
  .argument('[name]', 'of the list')
  .option('--value <text>', 'only its entry; exit code 1 where there is none')
  .option('--at <position>', 'as it was for the transaction after that position')
  .option('--json', 'lists as JSON; entries as NDJSON, as add --file takes them', false)
  .action(async (name, options) => exitWith(await (await theLists()).listShow(name, options)));

const facts = program
  .command('facts')
  .description('take facts of accounts out of what is decided from now on, and put them back');
for (const [what, text] of [
  ['exclude', 'decide without a fact from now on, or pass one that this version cannot read'],
  ['readmit', 'decide with an excluded fact again'],
] as const) {
  callingOptions(facts.command(what).description(text))
    .requiredOption('--account <id>', 'whose fact it is')
    .requiredOption('--revision <number>', 'place of the fact in the account’s order')
    .requiredOption('--reason <text>', 'why; kept with the fact')
    .option('--yes', 'do it; without this, only what it would do is told', false)
    .option(...JSON_OUTPUT)
    .action(async (options) =>
      exitWith(await (await import('./commands/facts-remote.ts')).commandFact(what, options)),
    );
}

const dlq = program
  .command('dlq')
  .description('dead letters: exports of a distributed deployment that could not be delivered')
  .addHelpText('after', ENGINES_HELP);
for (const [what, text] of [
  ['list', 'which accounts have some, and why'],
  ['show', 'the letters themselves, in order'],
  ['redrive', 'deliver them, in the order of each account; without --yes only say what that would do'],
] as const) {
  const command = layoutOptions(dlq.command(what).description(text))
    .option('--topic <name>', 'risk-scores or fraud-suspected; both by default')
    .option('--account <id>', 'of this account only')
    .option(...JSON_OUTPUT);
  if (what === 'redrive') command.option('--yes', 'do it', false);
  else command.option('--limit <count>', 'how many to show at most', '100');
  command.action(async (options) =>
    exitWith(await (await import('./commands/dlq.ts')).deadLetters(what, options)),
  );
}

const keys = program.command('keys').description('list, create, rotate and revoke API keys');
keys
  .command('list')
  .description('every key, without its secret')
  .option(...DATA)
  .option(...KEYS)
  .option(...JSON_OUTPUT)
  .action(async (options) => exitWith((await import('./commands/keys.ts')).keysList(options)));
keys
  .command('create')
  .description('make a key; its token is shown once')
  .requiredOption('--name <text>', 'whose key it is')
  .requiredOption('--scopes <list>', 'of submit, read, work, operate, with commas between')
  .option(
    '--fallback <decision>',
    'answer when a decision is not there in time: approve, review or decline',
    'review',
  )
  .option(...DATA)
  .option(...KEYS)
  .action(async (options) => exitWith((await import('./commands/keys.ts')).keysCreate(options)));
keys
  .command('rotate')
  .description('give a key a new token; the old one is refused')
  .argument('<id>', 'of the key')
  .option(...DATA)
  .option(...KEYS)
  .action(async (id, options) => exitWith((await import('./commands/keys.ts')).keysRotate(id, options)));
keys
  .command('revoke')
  .description('end a key for good')
  .argument('<id>', 'of the key')
  .option(...DATA)
  .option(...KEYS)
  .action(async (id, options) => exitWith((await import('./commands/keys.ts')).keysRevoke(id, options)));

program
  .command('backup')
  .description('copy the store and the keys into a new folder, beside a running server')
  .argument('<target>', 'folder that does not exist yet')
  .option(...DATA)
  .option(...JSON_OUTPUT)
  .action(async (target, options, command) =>
    exitWith(await (await import('./commands/backup.ts')).backupTo(target, options, isDataGiven(command))),
  );
program
  .command('restore')
  .description('put the store of a backup in place of the data folder’s')
  .argument('<backup>', 'folder that shrike backup made')
  .option(...DATA)
  .option(...JSON_OUTPUT)
  .action(async (source, options, command) =>
    exitWith((await import('./commands/backup.ts')).restoreFrom(source, options, isDataGiven(command))),
  );

// Whoever reads the output may have enough of it, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.ok);
});

try {
  await program.parseAsync();
} catch (error) {
  exitWith(failure(error));
}

function failure(error: unknown): number {
  // Commander has said it already, or it was a call for help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  process.stderr.write(`shrike: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env.SHRIKE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof CommandFailed ? error.exitCode : EXIT.refused;
}

function exitWith(code: number): void {
  // What was broken off may have left something under way.
  if (code === EXIT.brokenOff) process.exit(code);
  endProcess(code);
}
