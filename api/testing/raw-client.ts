import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** A client that sends exactly the bytes it is told to. */
export interface RawClient {
  socket: Socket;
  send(bytes: string | Buffer): void;
  /** What came so far. */
  received(): string;
  /** Resolves when `text` has come. */
  until(text: string | RegExp, ms?: number): Promise<string>;
  /** Resolves when the server has ended the connection. */
  ended: Promise<void>;
}

export async function rawClient(app: FastifyInstance): Promise<RawClient> {
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  socket.on('error', () => socket.destroy());
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise((resolve) => socket.once('connect', resolve));
  return {
    socket,
    ended,
    send: (bytes) => void socket.write(bytes),
    received: () => text,
    until: async (wanted, ms = 3_000) => {
      for (let waited = 0; waited < ms; waited += 5) {
        if (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) return text;
        await sleep(5);
      }
      throw new Error(`${wanted} did not come within ${ms} ms, but this: ${text.slice(0, 2_000)}`);
    },
  };
}
