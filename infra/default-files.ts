import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A file that ships with Shrike: beside the sources, and beside the built code in a package. */
export function defaultFile(name: 'card-payments.yaml' | 'rates.json'): string {
  const path = fileURLToPath(new URL(`defaults/${name}`, import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing from this installation`);
  return path;
}
