/** Shows how far long work has come: one line that is redrawn on a terminal, a line now and then elsewhere. */
export interface ProgressLine {
  /** @param notes more to show, e.g. `alerts 12  lag 0` */
  update(done: number, notes?: string): void;
  /** Draws the last state and ends the line. */
  finish(): void;
}

export interface ProgressOutput {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5_000;

/**
 * @param total what will be done; undefined where nobody knows, then there is neither bar nor ETA
 * @param unit what is counted, e.g. `transactions`
 */
export function progressLine(
  label: string,
  total: number | undefined,
  unit: string,
  output: ProgressOutput = process.stderr,
  now: () => number = () => performance.now(),
): ProgressLine {
  const startMs = now();
  const isTerminal = output.isTTY === true;
  const everyMs = isTerminal ? REDRAW_MS : PLAIN_LINE_MS;
  let drawnMs = startMs;
  let last = { done: 0, notes: '' };
  const draw = (): void => {
    drawnMs = now();
    const text = progressText({ label, total, unit, elapsedMs: drawnMs - startMs, ...last });
    output.write(isTerminal ? `\r\x1b[2K${text.slice(0, (output.columns ?? 100) - 1)}` : `${text}\n`);
  };
  return {
    update: (done, notes = last.notes) => {
      last = { done, notes };
      if (now() - drawnMs >= everyMs) draw();
    },
    finish: () => {
      draw();
      if (isTerminal) output.write('\n');
    },
  };
}

export interface Progress {
  label: string;
  done: number;
  total: number | undefined;
  unit: string;
  elapsedMs: number;
  notes: string;
}

export function progressText({ label, done, total, unit, elapsedMs, notes }: Progress): string {
  const perSecond = elapsedMs > 0 ? Math.round((done * 1_000) / elapsedMs) : 0;
  const rate = `${grouped(perSecond)} ${unit}/s`;
  const parts =
    total === undefined
      ? [label.padEnd(8), grouped(done), rate]
      : [
          label.padEnd(8),
          bar(done, total),
          `${grouped(done)} of ${grouped(total)}`,
          rate,
          timeLeft(done, total, elapsedMs),
        ];
  return [...parts, notes].filter((part) => part !== '').join('  ');
}

const BAR_WIDTH = 20;

function bar(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * BAR_WIDTH);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${percent}%`;
}

/** At the rate so far. */
function timeLeft(done: number, total: number, elapsedMs: number): string {
  if (done >= total) return `in ${duration(elapsedMs)}`;
  return done === 0 ? '' : `ETA ${duration((elapsedMs / done) * (total - done))}`;
}

function duration(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 1234567 as 1,234,567. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
