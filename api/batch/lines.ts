const NEWLINE = 10;

/** One line of a stream: its number from 1, and its bytes without the newline; null where it was too long. */
export interface Line {
  number: number;
  bytes: Buffer | null;
}

/**
 * Splits a byte stream into lines, in the groups in which they arrive. Holds at most one line and one chunk,
 * however many lines there are. Blank lines count but are left out.
 */
export async function* lineGroups(
  source: AsyncIterable<Buffer>,
  longestBytes: number,
): AsyncGenerator<Line[]> {
  const open = new OpenLine(longestBytes);
  for await (const chunk of source) {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      open.append(chunk.subarray(from, end));
      open.close(lines);
      from = end + 1;
    }
    open.append(chunk.subarray(from));
    if (lines.length > 0) yield lines;
  }
  const last: Line[] = [];
  open.close(last);
  if (last.length > 0) yield last;
}

/** The line whose end has not arrived yet. */
class OpenLine {
  readonly #longestBytes: number;
  #number = 1;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(longestBytes: number) {
    this.#longestBytes = longestBytes;
  }

  append(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#longestBytes) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  close(lines: Line[]): void {
    const number = this.#number++;
    if (this.#bytes > this.#longestBytes) {
      lines.push({ number, bytes: null });
    } else {
      const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
      if (!isBlank(bytes)) lines.push({ number, bytes });
    }
    this.#parts = [];
    this.#bytes = 0;
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length === 0 || (bytes.length === 1 && bytes[0] === 13);
}
