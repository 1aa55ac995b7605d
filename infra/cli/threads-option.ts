import { availableParallelism } from 'node:os';
import { wholeNumber } from './number-option.ts';

const MOST_THREADS = 64;

/** How many threads were asked for; by default one a core. @throws CommandFailed that says what would be right */
export const threadsOption = (text: string | undefined): number =>
  text === undefined
    ? Math.min(MOST_THREADS, availableParallelism())
    : wholeNumber('--threads', text, 1, MOST_THREADS);
