import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** The address cannot be listened on: why, and what to do. */
export class AddressRefused extends Error {}

const FAULTS: Record<string, string> = {
  EADDRINUSE: 'is in use by another program: stop it, or take another port (--port, 0 for any free one)',
  EADDRNOTAVAIL: 'is no address of this machine: give another --host, such as 127.0.0.1',
  ENOTFOUND: 'is an unknown host: give another --host, such as 127.0.0.1',
  EACCES: 'may not be listened on by this user: take a port from 1024 on (--port)',
};

/** @returns the URL it can be reached at. @throws AddressRefused */
export async function listening(
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<string> {
  await app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    throw new AddressRefused(`${host}:${port} ${FAULTS[error.code ?? ''] ?? error.message}`);
  });
  return urlOf(app.server.address() as AddressInfo);
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
