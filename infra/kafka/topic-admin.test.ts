import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { startKafka } from '../engines/kafka-cluster.ts';
import { settingsOf } from './testing/settings.ts';
import { factsTopic, TopicAdmin } from './topic-admin.ts';
import { TookTooLong } from './within.ts';

const kafka = await engineOf(() => startKafka());

/** Accepts connections, and never says a word. */
async function mute(): Promise<{ address: string; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describeWith('the administration of topics', kafka, (engine) => {
  const topic = factsTopic(process.pid, 2, null);

  test('turns to another broker where one takes what it is asked and never answers', async () => {
    const silent = await mute();
    const settings = settingsOf(engine().url);
    const admin = new TopicAdmin(
      { ...settings, brokers: [silent.address, ...settings.brokers] },
      { answerWithinMs: 1_500 },
    );
    expect(await admin.create([topic])).toEqual([topic.name]);
    expect(await admin.differences([topic])).toEqual([]);
    silent.close();
  }, 30_000);

  test('says so in the end, where none does', async () => {
    const silent = await mute();
    const admin = new TopicAdmin(
      { ...settingsOf(engine().url), brokers: [silent.address] },
      { answerWithinMs: 200 },
    );
    await expect(admin.differences([topic])).rejects.toThrow(TookTooLong);
    silent.close();
  });
});
