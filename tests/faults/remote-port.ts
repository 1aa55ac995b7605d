import type { ChildProcess } from 'node:child_process';
import { WrongExpectedRevision } from '../../domain/ports.ts';

interface Call {
  id: number;
  port: string;
  method: string;
  args: unknown[];
}

interface Answer {
  id: number;
  value?: unknown;
  error?: { message: string; wrongRevision?: number };
}

let calls = 0;
const waiting = new Map<number, (answer: Answer) => void>();

/** A port of the parent process, in a child of it. */
export function remotePort<Port extends object>(port: string): Port {
  if (process.listenerCount('message') === 0) {
    process.on('message', (answer: Answer) => {
      waiting.get(answer.id)?.(answer);
      waiting.delete(answer.id);
    });
  }
  const call = (method: string, args: unknown[]) =>
    new Promise((resolve, reject) => {
      const id = calls++;
      waiting.set(id, ({ value, error }) => (error === undefined ? resolve(value) : reject(errorOf(error))));
      process.send!({ id, port, method, args } satisfies Call);
    });
  return new Proxy({} as Port, {
    get:
      (_, method) =>
      (...args: unknown[]) =>
        call(String(method), args),
  });
}

/** Lets a child use ports of this process. */
export function servePorts(child: ChildProcess, ports: Record<string, object>): void {
  child.on('message', async ({ id, port, method, args }: Call) => {
    const answer = await answered(ports[port]!, method, args);
    if (child.connected) child.send({ ...answer, id } satisfies Answer, () => {});
  });
}

async function answered(port: object, method: string, args: unknown[]): Promise<Omit<Answer, 'id'>> {
  try {
    return { value: await (Reflect.get(port, method) as (...given: unknown[]) => unknown).apply(port, args) };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof WrongExpectedRevision) {
      return { error: { message, wrongRevision: error.actualRevision } };
    }
    return { error: { message } };
  }
}

function errorOf({ message, wrongRevision }: NonNullable<Answer['error']>): Error {
  return wrongRevision === undefined
    ? new Error(message)
    : new WrongExpectedRevision(message, 0, wrongRevision);
}
