import { ListState } from './list-state.ts';

/** Lists by name, each as of the same moment. One that was never defined is empty. */
export class ListMemory {
  private readonly byName = new Map<string, ListState>();

  get(name: string): ListState | undefined {
    return this.byName.get(name);
  }

  /** The list, an empty one where it is new. */
  open(name: string): ListState {
    let list = this.byName.get(name);
    if (list === undefined) {
      list = new ListState();
      this.byName.set(name, list);
    }
    return list;
  }

  /** The list begins anew, as before its first fact. */
  reopen(name: string): ListState {
    this.byName.delete(name);
    return this.open(name);
  }

  isListed(name: string, value: string, occurredMs: number): boolean {
    return this.byName.get(name)?.isListed(value, occurredMs) ?? false;
  }
}
