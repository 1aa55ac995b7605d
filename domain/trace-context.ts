/** The W3C trace context a fact came with, as its metadata keep it; undefined where it came without. */
export function traceparentOf(metadata: string | null): string | undefined {
  if (metadata === null || !metadata.includes('"traceparent"')) return undefined;
  const { traceparent } = JSON.parse(metadata) as { traceparent?: unknown };
  return typeof traceparent === 'string' ? traceparent : undefined;
}
