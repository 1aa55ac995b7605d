import { z } from 'zod';
import { token } from './presentation.ts';
import { nextCursor, positionToken } from './schemas.ts';
import type { ListEntryView, ListSummary } from './services.ts';

export const listSummary = z.object({
  name: z.string(),
  of: z.string().describe('The field whose values it holds'),
  description: z.string().nullable(),
  version: z.int().min(1).describe('Its changes, counted: 1 is its definition'),
  position: positionToken.describe('Of the newest change: transactions after it see it'),
  entries: z.int().min(0).describe('Values on it, expired or not'),
  changedBy: z.string(),
  changedAt: z.string(),
});

const entry = z.object({
  value: z.string(),
  expiresAt: z.string().nullable().describe('Transactions that occurred before this see it'),
  note: z.string().nullable(),
  version: z.int().min(1).describe('Of the list, that put it there as it is'),
  position: positionToken,
  by: z.string(),
  at: z.string(),
});

const asOf = positionToken.describe('The store position this answer reflects');

export const listsAnswer = z.object({ lists: z.array(listSummary), asOf });
export const listAnswer = z.object({ list: listSummary, entries: z.array(entry), nextCursor, asOf });
export const listChanged = z.object({
  name: z.string(),
  version: z.int().min(1),
  position: positionToken.describe('What is stored after it sees the list so'),
  added: z.int().min(0).describe('Values added, or said anew; 0 where all was so already'),
  removed: z.int().min(0),
});

export function presentList({ position, ...list }: ListSummary): z.output<typeof listSummary> {
  return { ...list, position: token(position) };
}

export function presentEntry({ number: _number, position, ...rest }: ListEntryView): z.output<typeof entry> {
  return { ...rest, position: token(position) };
}
