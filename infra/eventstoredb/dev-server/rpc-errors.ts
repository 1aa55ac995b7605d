import { Metadata, type ServiceError, status } from '@grpc/grpc-js';

/** Errors as the real server gives them: a status, and what kind it is in the trailers. */
export type RpcError = Pick<ServiceError, 'code' | 'details' | 'metadata'>;

function rpcError(code: status, details: string, trailers: Record<string, string> = {}): RpcError {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return { code, details, metadata };
}

export interface Endpoint {
  host: string;
  port: number;
}

export const notLeader = ({ host, port }: Endpoint): RpcError =>
  rpcError(status.NOT_FOUND, `Leader info available: ${host}:${port}`, {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });
export const unavailable = (): RpcError => rpcError(status.UNAVAILABLE, 'the connection broke off');
export const invalidPosition = (): RpcError =>
  rpcError(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.');
export const invalidArgument = (problem: string): RpcError => rpcError(status.INVALID_ARGUMENT, problem);
export const unimplemented = (what: string): RpcError =>
  rpcError(status.UNIMPLEMENTED, `the development server does not serve ${what}`);
export const tooBig = (limit: number): RpcError =>
  rpcError(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(limit),
  });
