import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = '\r\ncontent-length: ';

/**
 * One connection that stays open, with one request under way at a time. It reads of an answer what a benchmark
 * needs and no more: the load must not cost what it measures.
 */
export class HttpConnection {
  readonly #socket: Socket;
  #received = '';
  #done: ((status: number) => void) | undefined;

  /** @param onFailed hears why the connection has ended */
  constructor(host: string, port: number, onFailed: (error: Error) => void) {
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text) => this.#receive(String(text)));
    this.#socket.on('error', onFailed);
    this.#socket.on('close', () => onFailed(new Error('the server closed a connection')));
  }

  /** @param done hears the status of the answer once all of it is there */
  send(request: string, done: (status: number) => void): void {
    this.#done = done;
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text;
    const received = this.#received;
    const headEnd = received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const lengthAt = received.indexOf(CONTENT_LENGTH) + CONTENT_LENGTH.length;
    const length = Number.parseInt(received.slice(lengthAt, lengthAt + 10), 10);
    if (received.length < headEnd + HEAD_END.length + length) return;
    this.#received = '';
    this.#done!(Number(received.slice(9, 12)));
  }
}
