const NEGATIVE = 'TimeoutNegativeWarning';

/**
 * kafkajs asks for timeouts that lie in the past, which Node takes for 1 ms and complains of each time. Its other
 * warnings are told as ever. For each thread that uses kafkajs.
 */
export function quietNegativeTimeouts(): void {
  const emit = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] !== NEGATIVE) (emit as (...given: unknown[]) => void).call(process, warning, ...rest);
  }) as typeof process.emitWarning;
}
