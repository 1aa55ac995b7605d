/** A process that is a member of a consumer group, and shows that it lives. */
import type { ClientName } from '../../kafka/kafka-settings.ts';
import { openClient } from '../../kafka/open-client.ts';
import { RecordingMember } from '../../kafka/testing/recording-member.ts';
import { settingsOf } from '../../kafka/testing/settings.ts';
import { signOfLife } from '../../postgres/sign-of-life.ts';

const [, , client, brokers, database, topic, group, clientId] = process.argv as string[] as [
  string,
  string,
  ClientName,
  string,
  string,
  string,
  string,
  string,
];

await signOfLife(database, clientId, (error) => process.stderr.write(`${error}\n`));
const kafka = openClient({ ...settingsOf(brokers, client), clientId });
await new RecordingMember().join(kafka, topic, group);
process.stdout.write('joined\n');
