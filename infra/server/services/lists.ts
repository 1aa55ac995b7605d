import type { ListCommand, Lists } from '../../../api/services.ts';
import type { FieldProblem } from '../../../domain/door/field-problems.ts';
import { parseListEntries, parseListRemovals } from '../../../domain/door/parse-list-entries.ts';
import type { FactDraft, ListChanged } from '../../../domain/facts.ts';
import {
  decideChange,
  decideDefinition,
  type ListChange,
  type ListDecision,
} from '../../../domain/lists/decide-list.ts';
import { isPersonalField, listFieldProblem } from '../../../domain/lists/list-fields.ts';
import { MOST_CHANGES, MOST_LISTS } from '../../../domain/lists/list-limits.ts';
import type { ListState } from '../../../domain/lists/list-state.ts';
import type { EventStore } from '../../../domain/ports.ts';
import { factDraft } from './fact-draft.ts';
import { ListDesk, type ListOutcome } from './list-desk.ts';

export interface ListingOptions {
  store: Pick<EventStore, 'append' | 'readStream'>;
  /** Lists there are, as a view that may lag knows them. */
  countLists(): Promise<number>;
  cardNumberFields: ReadonlySet<string>;
}

type Said = { name: string; by: string; at: string };

/** Of those changed last: to change one of a hundred thousand values by single requests must not read it each time. */
const LISTS_AT_HAND = 8;
/** What the event stores take in one fact, and some room. */
const MOST_BYTES = 900_000;

/** Defines and changes lists: what the decider says is appended, expecting what it was decided on. */
export function listing(options: ListingOptions): Pick<Lists, 'defineList' | 'changeList'> {
  const desks = new Map<string, ListDesk>();

  function deskOf(name: string): ListDesk {
    const desk = desks.get(name) ?? new ListDesk(options.store, name);
    desks.delete(name);
    desks.set(name, desk);
    for (const oldest of desks.keys()) if (desks.size > LISTS_AT_HAND) desks.delete(oldest);
    return desk;
  }

  return {
    async defineList({ name, of, description }, by) {
      const problem = listFieldProblem(of);
      if (problem !== null) return { kind: 'refused', problems: [{ field: 'of', problem }] };
      const count = await options.countLists();
      return deskOf(name).work((list) => {
        if (list.defined === null && count >= MOST_LISTS) {
          const detail = `There are ${count} lists, and no more than ${MOST_LISTS} may be.`;
          return { kind: 'conflict', detail };
        }
        const decision = decideDefinition(list, { name, of, description });
        return drafted(decision, { name, by }, (data) => factDraft('ListDefined', data), list);
      });
    },
    changeList(name, command, by) {
      return deskOf(name).work((list) => {
        if (list.defined === null) return { kind: 'unknown' };
        const { of } = list.defined;
        const read = changeOf(command, list, { of, cardNumberFields: options.cardNumberFields });
        if ('problems' in read) return { kind: 'refused', problems: read.problems };
        return drafted(decideChange(list, read), { name, by }, (data) => changeDraft(of, data), list);
      });
    },
  };
}

function changeOf(
  command: ListCommand,
  list: ListState,
  door: Parameters<typeof parseListEntries>[1],
): ListChange | { problems: FieldProblem[] } {
  switch (command.type) {
    case 'add': {
      const parsed = parseListEntries(command.entries, door);
      return 'problems' in parsed ? parsed : { add: parsed.entries, remove: [] };
    }
    case 'remove': {
      const parsed = parseListRemovals(command.values);
      return 'problems' in parsed ? parsed : { add: [], remove: parsed.remove };
    }
    case 'removeExpired': {
      const expired = [...list.entries.values()].filter(({ expiresAtMs }) => expiresAtMs <= command.beforeMs);
      return { add: [], remove: expired.slice(0, MOST_CHANGES).map(({ value }) => value) };
    }
  }
}

/** Values that say where a person is lie in an envelope of their own, with what is noted of them. */
function changeDraft(of: string, data: ListChanged): FactDraft {
  if (!isPersonalField(of)) return factDraft('ListChanged', data);
  const { added, removed, ...impersonal } = data;
  const draft = factDraft('ListChanged', { ...impersonal, added: [], removed: [] });
  return { ...draft, personal: JSON.stringify({ added, removed }) };
}

function drafted<T extends object>(
  decision: ListDecision<T>,
  said: Omit<Said, 'at'>,
  draftOf: (data: T & Said) => FactDraft,
  { defined }: ListState,
): ListOutcome {
  if (decision.kind === 'refused') return { kind: 'conflict', detail: `${capital(decision.problem)}.` };
  if (decision.kind === 'nothing') return decision;
  const draft = draftOf({ ...decision.data, ...said, at: new Date().toISOString() });
  const bytes = Buffer.byteLength(draft.data) + Buffer.byteLength(draft.personal ?? '');
  if (bytes > MOST_BYTES) {
    const problem = `take ${bytes} bytes together, more than ${MOST_BYTES}: send fewer at a time`;
    return { kind: 'refused', problems: [{ field: defined === null ? 'description' : 'entries', problem }] };
  }
  const { added = [], removed = [] } = decision.data as Partial<ListChanged>;
  return { kind: 'append', draft, added: added.length, removed: removed.length };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
