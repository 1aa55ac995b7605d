/** Wakes one waiting loop. Ringing while nobody waits is remembered: the next wait returns at once. */
export interface WakeUp {
  ring(): void;
  /** Resolves when rung, or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void>;
}

export function wakeUp(): WakeUp {
  let rung = false;
  let resume: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      resume?.();
    },
    async wait(timeoutMs) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          resume = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        resume = undefined;
      }
      rung = false;
    },
  };
}

/** Waits, unless or until called off. */
export async function pause(ms: number, stopping: AbortSignal): Promise<void> {
  if (stopping.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stopping.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stopping.addEventListener('abort', end);
  });
}
