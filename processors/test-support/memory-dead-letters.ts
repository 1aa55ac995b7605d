import type { DeadLetter, LetterFilter, LetterKey } from '../../domain/export-record.ts';
import type { Checkpoint, DeadLetters } from '../../domain/ports.ts';

/** Honest dead letters in memory. */
export class MemoryDeadLetters implements DeadLetters {
  readonly letters = new Map<string, DeadLetter>();
  readonly #isStill: (from: Checkpoint) => boolean;

  /** @param isStill whether the partition's checkpoint is the one given */
  constructor(isStill: (from: Checkpoint) => boolean) {
    this.#isStill = isStill;
  }

  async accountsOf(topic: string, accountIds: readonly string[]): Promise<Set<string>> {
    return new Set(accountIds.filter((accountId) => this.#has(topic, accountId)));
  }

  async keep(from: Checkpoint, letters: readonly DeadLetter[], place: 'first' | 'behind others') {
    if (!this.#isStill(from)) return undefined;
    const kept = letters.filter(({ topic, accountId }) => place === 'first' || this.#has(topic, accountId));
    for (const letter of kept) {
      if (!this.letters.has(nameOf(letter))) this.letters.set(nameOf(letter), letter);
    }
    return new Set(kept.map(({ accountId }) => accountId));
  }

  async read(
    { topic, accountId }: LetterFilter,
    after: LetterKey | undefined,
    limit: number,
  ): Promise<DeadLetter[]> {
    return [...this.letters.values()]
      .filter((letter) => topic === undefined || letter.topic === topic)
      .filter((letter) => accountId === undefined || letter.accountId === accountId)
      .sort(inOrder)
      .filter((letter) => after === undefined || inOrder(letter, after) > 0)
      .slice(0, limit);
  }

  async remove(keys: readonly LetterKey[]): Promise<void> {
    for (const key of keys) this.letters.delete(nameOf(key));
  }

  async blame(key: LetterKey, problem: string): Promise<void> {
    const letter = this.letters.get(nameOf(key));
    if (letter !== undefined) letter.problem = problem;
  }

  #has(topic: string, accountId: string): boolean {
    return [...this.letters.values()].some(
      (letter) => letter.topic === topic && letter.accountId === accountId,
    );
  }
}

const nameOf = ({ topic, accountId, revision }: LetterKey): string =>
  JSON.stringify([topic, accountId, revision]);

function inOrder(a: LetterKey, b: LetterKey): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  if (a.accountId !== b.accountId) return a.accountId < b.accountId ? -1 : 1;
  return a.revision - b.revision;
}
