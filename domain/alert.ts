import type {
  AlertClaimed,
  AlertClosed,
  AlertNoted,
  AlertReleased,
  Disposition,
  FraudSuspected,
} from './facts.ts';

export type AlertEvent =
  | { type: 'FraudSuspected'; data: FraudSuspected }
  | { type: 'AlertClaimed'; data: AlertClaimed }
  | { type: 'AlertReleased'; data: AlertReleased }
  | { type: 'AlertNoted'; data: AlertNoted }
  | { type: 'AlertClosed'; data: AlertClosed };

/** `by` is the analyst, `at` when they did it, RFC 3339. */
export type AlertCommand =
  | { type: 'claim'; by: string; at: string }
  | { type: 'release'; by: string; at: string }
  | { type: 'note'; by: string; at: string; text: string }
  | {
      type: 'close';
      by: string;
      at: string;
      disposition: Disposition;
      text: string | null;
      /** By revision in the account's stream; absent where the alert holds the opening one alone. */
      suspicions?: number[];
    };

export type AlertWork =
  | { status: 'missing' }
  | { status: 'open' }
  | { status: 'claimed'; assignee: string }
  | { status: 'closed'; by: string; disposition: Disposition; text: string | null };

export type AlertState = AlertWork & {
  /** The note that came last, if nothing else came after it. */
  lastNote: AlertNoted | null;
};

/** The alert is not in a state in which this can be done; the message says which, and who was first. */
export class AlertRefused extends Error {
  readonly state: AlertState;
  constructor(message: string, state: AlertState) {
    super(message);
    this.name = 'AlertRefused';
    this.state = state;
  }
}

/** A note with the same words by the same analyst within this time is a retry whose answer was lost. */
const REPEATED_NOTE_MS = 60_000;

export const initialState = (): AlertState => ({ status: 'missing', lastNote: null });

export function evolve(state: AlertState, event: AlertEvent): AlertState {
  switch (event.type) {
    case 'FraudSuspected':
    case 'AlertReleased':
      return { status: 'open', lastNote: null };
    case 'AlertClaimed':
      return { status: 'claimed', assignee: event.data.by, lastNote: null };
    case 'AlertNoted':
      return { ...state, lastNote: event.data };
    case 'AlertClosed': {
      const { by, disposition, text } = event.data;
      return { status: 'closed', by, disposition, text, lastNote: null };
    }
  }
}

/**
 * What a command does to the alert: the events to append, none where it is a repeat of what was done already.
 * @throws AlertRefused
 */
export function decide(command: AlertCommand, state: AlertState): AlertEvent[] {
  if (state.status === 'missing') throw new AlertRefused('there is no such alert', state);
  switch (command.type) {
    case 'claim':
      return claim(command, state);
    case 'release':
      return release(command, state);
    case 'note':
      return note(command, state);
    case 'close':
      return close(command, state);
  }
}

type Command<T extends AlertCommand['type']> = Extract<AlertCommand, { type: T }>;

function claim({ by, at }: Command<'claim'>, state: AlertState): AlertEvent[] {
  if (state.status === 'closed') throw refusal('claimed', state);
  if (state.status === 'open') return [{ type: 'AlertClaimed', data: { by, at } }];
  if (state.status === 'claimed' && state.assignee === by) return [];
  throw refusal('claimed', state);
}

function release({ by, at }: Command<'release'>, state: AlertState): AlertEvent[] {
  if (state.status === 'open') return [];
  if (state.status === 'claimed' && state.assignee === by)
    return [{ type: 'AlertReleased', data: { by, at } }];
  throw refusal('released', state);
}

/** Whoever works there may add what they know, also after the alert was closed. */
function note({ by, at, text }: Command<'note'>, { lastNote }: AlertState): AlertEvent[] {
  const isRepeat =
    lastNote !== null &&
    lastNote.by === by &&
    lastNote.text === text &&
    Math.abs(Date.parse(at) - Date.parse(lastNote.at)) < REPEATED_NOTE_MS;
  return isRepeat ? [] : [{ type: 'AlertNoted', data: { by, at, text } }];
}

function close(command: Command<'close'>, state: AlertState): AlertEvent[] {
  const { by, at, disposition, text, suspicions } = command;
  if (state.status === 'closed') {
    if (state.by === by && state.disposition === disposition && state.text === text) return [];
    throw refusal('closed', state);
  }
  if (state.status === 'claimed' && state.assignee !== by) throw refusal('closed', state);
  return [{ type: 'AlertClosed', data: { by, at, disposition, text, ...(suspicions && { suspicions }) } }];
}

function refusal(wanted: string, state: AlertState): AlertRefused {
  return new AlertRefused(`the alert cannot be ${wanted}: it is ${described(state)}`, state);
}

function described(state: AlertState): string {
  switch (state.status) {
    case 'claimed':
      return `claimed by ${state.assignee}`;
    case 'closed':
      return `closed as ${state.disposition} by ${state.by}`;
    default:
      return state.status;
  }
}
