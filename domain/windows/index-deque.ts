/**
 * A queue of row numbers open at both ends, for the candidates of a running minimum or maximum: a plain array
 * whose item 0 says where the front is, so that it is one object.
 */
export type IndexDeque = number[];

const FRONT_AT = 0;
/** So many items that have left the front are cleared away once they are half of all. */
const LEAST_DEAD = 32;

export function openDeque(): IndexDeque {
  return [1];
}

export function isEmpty(deque: IndexDeque): boolean {
  return deque[FRONT_AT]! === deque.length;
}

export function front(deque: IndexDeque): number {
  return deque[deque[FRONT_AT]!]!;
}

export function back(deque: IndexDeque): number {
  return deque[deque.length - 1]!;
}

export function pushBack(deque: IndexDeque, row: number): void {
  deque.push(row);
}

export function popBack(deque: IndexDeque): void {
  deque.pop();
}

export function pushFront(deque: IndexDeque, row: number): void {
  const at = deque[FRONT_AT]!;
  if (at === 1) deque.splice(1, 0, row);
  else {
    deque[at - 1] = row;
    deque[FRONT_AT] = at - 1;
  }
}

export function popFront(deque: IndexDeque): void {
  const at = deque[FRONT_AT]! + 1;
  deque[FRONT_AT] = at;
  if (at === deque.length) clear(deque);
  else if (at > LEAST_DEAD && at * 2 > deque.length) {
    deque.splice(1, at - 1);
    deque[FRONT_AT] = 1;
  }
}

export function clear(deque: IndexDeque): void {
  deque.length = 1;
  deque[FRONT_AT] = 1;
}
