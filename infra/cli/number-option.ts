import { CommandFailed, EXIT } from './exit-codes.ts';

/** The whole number an option was given. @throws CommandFailed that says what would be right */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new CommandFailed(
    `${option} must be a whole number from ${least} to ${most}, not "${text}"`,
    EXIT.usage,
  );
}
