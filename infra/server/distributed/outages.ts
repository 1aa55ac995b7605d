import type { Services } from '../../../api/services.ts';
import { Unavailable } from '../../../domain/ports.ts';

const RETRY_AFTER_MS = 1_000;

/** Of the server (SQLSTATE): it shuts down or starts, has no room, or was cut off; of the way to it. */
const CODES =
  /^(08|53|57)[0-9A-Z]{3}$|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** What the client says of a connection without any code. */
const SENTENCES =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

/** Whether an error says that the database does not answer, which is no fault of who asked nor of this process. */
export function isOutage(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    (typeof code === 'string' && CODES.test(code)) || (typeof message === 'string' && SENTENCES.test(message))
  );
}

/** The same services, whose failures for want of the database are `Unavailable`. */
export function tellingOutages(services: Services): Services {
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [
      name,
      typeof service === 'function' ? telling(service.bind(services)) : service,
    ]),
  ) as unknown as Services;
}

function telling(service: (...args: unknown[]) => unknown) {
  return (...args: unknown[]): unknown => {
    const answer = service(...args);
    return answer instanceof Promise ? answer.catch(unavailable) : answer;
  };
}

function unavailable(error: unknown): never {
  throw isOutage(error) ? new Unavailable(error, RETRY_AFTER_MS) : error;
}
