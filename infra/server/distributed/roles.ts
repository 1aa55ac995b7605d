import { BadConfig } from '../config.ts';

/** The parts of Shrike that may run together in one process or each in its own, in any number. */
export const ROLES = ['api', 'mirror', 'processor', 'projector'] as const;
export type Role = (typeof ROLES)[number];

/** @param text names with commas between them; all roles if undefined. @throws BadConfig */
export function rolesOf(text: string | undefined): Role[] {
  if (text === undefined || text === '') return [...ROLES];
  const named = text.split(',').map((name) => name.trim());
  const unknown = named.find((name) => !(ROLES as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new BadConfig(
      `--roles (SHRIKE_ROLES) takes ${ROLES.join(', ')} with commas between, not "${unknown}"`,
    );
  return ROLES.filter((role) => named.includes(role));
}
