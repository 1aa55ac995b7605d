import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { UnknownSchemaVersion } from '../domain/facts.ts';
import { Overloaded, StoreFailed, Unavailable } from '../domain/ports.ts';
import { MalformedJson } from './json.ts';
import { PROBLEM_MEDIA_TYPE, Problem, retryAfter } from './problem.ts';

/** Told of everything unexpected, under the id that the client got. */
export type ReportError = (error: unknown, correlationId: string) => void;

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problem.body()));
}

/** Answers whatever was thrown; only what nobody foresaw is an internal error. */
export function answerError(report: ReportError) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendProblem(reply, problemOf(error, request.id, report));
}

/** What to tell a client of an error. Reports it where the fault is ours, or our engines'. */
export function problemOf(error: unknown, correlationId: string, report: ReportError): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof MalformedJson) return new Problem('malformed-json', `The body ${error.message}.`);
  if (error instanceof Overloaded) {
    return new Problem(
      'overloaded',
      'Nothing was stored. Try again later.',
      {},
      retryAfter(error.retryAfterMs),
    );
  }
  if (error instanceof Unavailable) {
    report(error, correlationId);
    return new Problem(
      'unavailable',
      'An engine does not answer. A submission may have been stored; send it again, it is not stored twice.',
      {},
      retryAfter(error.retryAfterMs),
    );
  }
  if (error instanceof UnknownSchemaVersion) return new Problem('unreadable-fact', `${error.message}.`);
  const refused = refusedByServer(error);
  if (refused !== undefined) return refused;
  report(error, correlationId);
  if (error instanceof StoreFailed) {
    return new Problem(
      'store-failed',
      `Whether it was stored is not known. Send it again, the same: it is stored once. It was logged as ${correlationId}.`,
      { correlationId },
      retryAfter(1_000),
    );
  }
  return new Problem('internal-error', `It was logged as ${correlationId}.`, { correlationId });
}

/** What the HTTP layer itself refuses. */
function refusedByServer(error: unknown): Problem | undefined {
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('too-large', 'The body is larger than this resource takes.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unsupportedMediaType('Send application/json in UTF-8, and say so in Content-Type.');
    case 'FST_ERR_BAD_URL':
      return new Problem('invalid-request', 'The path is not a valid URL path.');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem('uri-too-long', 'A part of the path is longer than any id.');
    default:
      return statusCode >= 400 && statusCode < 500
        ? new Problem('invalid-request', 'The request could not be read to its end.')
        : undefined;
  }
}

export function unsupportedMediaType(detail: string): Problem {
  return new Problem('unsupported-media-type', detail, {}, { 'accept-encoding': 'identity' });
}

/** Answers what was not even HTTP, on the bare connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = clientProblem(error.code);
  const body = JSON.stringify(problem.body());
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nConnection: close\r\n` +
      `Content-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function clientProblem(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Problem('headers-too-large', 'Send at most 16 KiB of headers.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Problem('request-timeout', 'The request did not arrive in time.');
  return new Problem('invalid-request', 'This is not a valid HTTP/1.1 request.');
}
