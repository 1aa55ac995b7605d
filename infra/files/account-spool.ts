import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUFFER_BYTES = 1 << 20;
/** Offset of the account's record before, length of the text. */
const HEADER_BYTES = 12;
const NONE = -1;
const NAMES_HELD_WHILE_OPEN = process.platform === 'win32';

/**
 * What was read of every account, on disk, for the rare transaction whose windows reach back behind what memory
 * holds. Records are appended; each says where the account's one before it is, so memory holds one number an account.
 */
export class AccountSpool {
  private readonly folder = mkdtempSync(join(tmpdir(), 'shrike-spool-'));
  private readonly file = openSync(join(this.folder, 'spool'), 'w+');
  private readonly newest = new Map<string, number>();
  private readonly buffer = Buffer.alloc(BUFFER_BYTES);
  private buffered = 0;
  private flushed = 0;

  constructor() {
    // An open file needs no name: nothing is left behind, however the process ends.
    if (!NAMES_HELD_WHILE_OPEN) this.removeName();
  }

  /** Where the next text will stand. */
  get end(): number {
    return this.flushed + this.buffered;
  }

  append(accountId: string, text: string): void {
    const bytes = Buffer.byteLength(text);
    if (HEADER_BYTES + bytes > BUFFER_BYTES - this.buffered) this.flush();
    const at = this.end;
    const record = HEADER_BYTES + bytes > BUFFER_BYTES ? Buffer.alloc(HEADER_BYTES + bytes) : this.buffer;
    const start = record === this.buffer ? this.buffered : 0;
    record.writeDoubleLE(this.newest.get(accountId) ?? NONE, start);
    record.writeUInt32LE(bytes, start + 8);
    record.write(text, start + HEADER_BYTES);
    if (record === this.buffer) {
      this.buffered += HEADER_BYTES + bytes;
    } else {
      writeSync(this.file, record);
      this.flushed += record.length;
    }
    this.newest.set(accountId, at);
  }

  /** The account's texts in the order they were appended. */
  read(accountId: string): string[] {
    const texts: string[] = [];
    for (let at = this.newest.get(accountId) ?? NONE; at !== NONE; ) {
      const { text, before } = this.record(at);
      texts.push(text);
      at = before;
    }
    return texts.reverse();
  }

  /** Every text in the order it was appended. */
  *all(): Generator<string> {
    for (let at = 0; at < this.end; ) {
      const { text, bytes } = this.record(at);
      yield text;
      at += HEADER_BYTES + bytes;
    }
  }

  /** The text that stands at a place. */
  textAt(place: number): string {
    return this.record(place).text;
  }

  close(): void {
    closeSync(this.file);
    if (NAMES_HELD_WHILE_OPEN) this.removeName();
  }

  private removeName(): void {
    rmSync(this.folder, { recursive: true });
  }

  private record(at: number): { text: string; bytes: number; before: number } {
    this.flush();
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(this.file, header, 0, HEADER_BYTES, at);
    const text = Buffer.alloc(header.readUInt32LE(8));
    readSync(this.file, text, 0, text.length, at + HEADER_BYTES);
    return { text: text.toString(), bytes: text.length, before: header.readDoubleLE(0) };
  }

  private flush(): void {
    if (this.buffered === 0) return;
    writeSync(this.file, this.buffer, 0, this.buffered);
    this.flushed += this.buffered;
    this.buffered = 0;
  }
}
