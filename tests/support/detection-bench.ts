import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shrike } from './shrike.ts';

/** A folder for histories written by `shrike generate handbook` and for what `shrike score` makes of them. */
export class DetectionBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'shrike-detection-'));

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** @returns where the files are */
  async generate(name: string, ...options: string[]): Promise<string> {
    const out = join(this.folder, name);
    await run('generate', 'handbook', '--out', out, ...options);
    return out;
  }

  /** The cells that `shrike score` writes of a history, column by column. */
  async score(rules: string, data: string): Promise<Map<string, string[]>> {
    const out = join(this.folder, 'scores.csv');
    const [transactions, labels] = ['transactions', 'labels'].map((name) => join(data, `${name}.ndjson.gz`));
    await run('score', '--rules', rules, '--transactions', transactions!, '--labels', labels!, '--out', out);
    const [header, ...rows] = readFileSync(out, 'utf8').trimEnd().split('\n');
    const cells = rows.map((row) => row.split(','));
    return new Map(header!.split(',').map((name, i) => [name, cells.map((row) => row[i]!)]));
  }
}

async function run(...args: string[]): Promise<void> {
  const { code, stderr } = await shrike(args);
  if (code !== 0) throw new Error(stderr);
}
