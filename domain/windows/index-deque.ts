/** A queue of row numbers open at both ends, for the candidates of a running minimum or maximum. */
export class IndexDeque {
  private items: number[] = [];
  private head = 0;

  get empty(): boolean {
    return this.head === this.items.length;
  }

  get front(): number {
    return this.items[this.head]!;
  }

  get back(): number {
    return this.items[this.items.length - 1]!;
  }

  pushBack(row: number): void {
    this.items.push(row);
  }

  popBack(): void {
    this.items.pop();
    if (this.empty) this.clear();
  }

  popFront(): void {
    this.head += 1;
    if (this.empty) this.clear();
    else if (this.head > 32 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
  }

  clear(): void {
    this.items.length = 0;
    this.head = 0;
  }
}
