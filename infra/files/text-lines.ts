import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';

/** Lines of a text, each with its number from 1, in blocks as they are read. */
export interface LineBlock {
  firstNumber: number;
  lines: string[];
  /** Bytes of the file read so far, for progress; compressed ones where it is compressed. */
  bytesRead: number;
}

export interface LineSource {
  blocks: AsyncIterable<LineBlock>;
  /** Undefined where nobody knows. */
  totalBytes: number | undefined;
}

const GZIP_MAGIC = 0x1f8b;

/**
 * The lines of a file, or of standard input for `-`. What begins as gzip does is decompressed, whatever its name.
 * A last line without an end counts; a byte order mark at the start is left out.
 */
export async function textLines(path: string): Promise<LineSource> {
  if (path === '-')
    return { blocks: blocksOf(process.stdin, process.stdin, () => undefined), totalBytes: undefined };
  const { gzip, size } = await sniff(path);
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const text = gzip ? file.pipe(createGunzip({ chunkSize: 1 << 20 })) : file;
  return { blocks: blocksOf(text, file, () => file.bytesRead), totalBytes: size };
}

async function sniff(path: string): Promise<{ gzip: boolean; size: number }> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return { gzip: bytesRead === 2 && buffer.readUInt16BE() === GZIP_MAGIC, size: (await file.stat()).size };
  } finally {
    await file.close();
  }
}

async function* blocksOf(
  text: Readable,
  file: Readable,
  bytesRead: () => number | undefined,
): AsyncGenerator<LineBlock> {
  const decoder = new StringDecoder('utf8');
  // An error of the file does not reach what it is piped into.
  if (file !== text) file.on('error', (error) => text.destroy(error));
  let rest = '';
  let firstNumber = 1;
  let decoded = 0;
  for await (const chunk of text as AsyncIterable<Buffer>) {
    decoded += chunk.length;
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop()!;
    if (firstNumber === 1 && lines.length > 0) lines[0] = withoutMark(lines[0]!);
    if (lines.length > 0) yield { firstNumber, lines, bytesRead: bytesRead() ?? decoded };
    firstNumber += lines.length;
  }
  rest += decoder.end();
  if (rest !== '') {
    const last = firstNumber === 1 ? withoutMark(rest) : rest;
    yield { firstNumber, lines: [last], bytesRead: bytesRead() ?? decoded };
  }
}

function withoutMark(line: string): string {
  return line.startsWith('\uFEFF') ? line.slice(1) : line;
}
