import { type LabelInput, labelKey, parseLabel } from '../../domain/door/parse-label.ts';
import { occurredAtMs } from '../../domain/occurred-at.ts';
import { type LineBlock, textLines } from './text-lines.ts';

export interface PlacedLabel extends LabelInput {
  knownAtMs: number;
  /** Of the file it is from. */
  line: number;
}

export interface PlacedLabelsOptions {
  onProblem(line: number, problem: string): void;
}

const NONE: readonly PlacedLabel[] = [];

/**
 * The labels of a file, in the order in which they become known: each has its place before the first transaction
 * that occurred at or after that.
 */
export class PlacedLabels {
  repeats = 0;
  badLines = 0;
  readonly #options: PlacedLabelsOptions;
  #labels: PlacedLabel[] = [];
  readonly #given = new Map<string, LabelInput['label']>();

  constructor(options: PlacedLabelsOptions) {
    this.#options = options;
  }

  /** Whether some label does not say its account. */
  get someWithoutAccount(): boolean {
    return this.#labels.some(({ accountId }) => accountId === undefined);
  }

  take({ firstNumber, lines }: LineBlock): void {
    lines.forEach((text, i) => {
      if (text !== '' && text !== '\r') this.#take(text, firstNumber + i);
    });
  }

  /** To be called once all is taken, before the first is due. */
  sort(): void {
    this.#labels = this.#labels.toSorted((a, b) => a.knownAtMs - b.knownAtMs);
    this.#given.clear();
  }

  /** Those that are known by then, but for the first `from`. */
  due(from: number, untilMs: number): readonly PlacedLabel[] {
    let end = from;
    while (end < this.#labels.length && this.#labels[end]!.knownAtMs <= untilMs) end++;
    return from === end ? NONE : this.#labels.slice(from, end);
  }

  #take(text: string, line: number): void {
    const onProblem = (at: number, problem: string) => {
      this.badLines++;
      this.#options.onProblem(at, problem);
    };
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      onProblem(line, `is no JSON: ${(error as Error).message}`);
      return;
    }
    const parsed = parseLabel(value);
    if ('problems' in parsed) {
      onProblem(line, parsed.problems.map(({ field, problem }) => `${field} ${problem}`).join('; '));
      return;
    }
    const { label } = parsed;
    const key = `${label.accountId ?? ''} ${labelKey(label)}`;
    const before = this.#given.get(key);
    if (before === label.label) this.repeats++;
    else if (before !== undefined) {
      onProblem(line, `repeats a label with another value; one that corrects it has a later knownAt`);
    } else {
      this.#given.set(key, label.label);
      this.#labels.push({ ...label, knownAtMs: occurredAtMs(label.knownAt), line });
    }
  }
}

/** Reads a whole file of labels, NDJSON, plain or gzip. @throws the file system's error */
export async function readPlacedLabels(
  path: string,
  onProblem: (line: number, problem: string) => void,
): Promise<PlacedLabels> {
  const labels = new PlacedLabels({ onProblem });
  const { blocks } = await textLines(path);
  for await (const block of blocks) labels.take(block);
  labels.sort();
  return labels;
}
