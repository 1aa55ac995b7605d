/**
 * A queue of (row, value), open at both ends, for the candidates of a running minimum or maximum: a plain array,
 * so that it is one object, whose item 0 says where the front is. Values stand beside the rows, which would
 * have to be fetched from all over the history.
 */
export type CandidateDeque = number[];

const FRONT_AT = 0;
const FIRST_AT = 1;
/** What has left the front is cleared away once it is so many items and half of all. */
const LEAST_DEAD = 64;

export function openDeque(): CandidateDeque {
  return [FIRST_AT];
}

export function isEmpty(deque: CandidateDeque): boolean {
  return deque[FRONT_AT]! === deque.length;
}

export function frontRow(deque: CandidateDeque): number {
  return deque[deque[FRONT_AT]!]!;
}

export function frontValue(deque: CandidateDeque): number {
  return deque[deque[FRONT_AT]! + 1]!;
}

export function backRow(deque: CandidateDeque): number {
  return deque[deque.length - 2]!;
}

export function backValue(deque: CandidateDeque): number {
  return deque[deque.length - 1]!;
}

export function pushBack(deque: CandidateDeque, row: number, value: number): void {
  deque.push(row, value);
}

export function popBack(deque: CandidateDeque): void {
  deque.pop();
  deque.pop();
}

export function pushFront(deque: CandidateDeque, row: number, value: number): void {
  const at = deque[FRONT_AT]!;
  if (at === FIRST_AT) {
    deque.splice(FIRST_AT, 0, row, value);
  } else {
    deque[at - 2] = row;
    deque[at - 1] = value;
    deque[FRONT_AT] = at - 2;
  }
}

export function popFront(deque: CandidateDeque): void {
  const at = deque[FRONT_AT]! + 2;
  deque[FRONT_AT] = at;
  if (at === deque.length) clear(deque);
  else if (at > LEAST_DEAD && at * 2 > deque.length) {
    deque.splice(FIRST_AT, at - FIRST_AT);
    deque[FRONT_AT] = FIRST_AT;
  }
}

export function clear(deque: CandidateDeque): void {
  deque.length = FIRST_AT;
  deque[FRONT_AT] = FIRST_AT;
}
