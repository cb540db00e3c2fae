/** An evaluated example as a line of `trajectories.jsonl` (cookbook-artifacts, section 8), and back. */
import type { EvaluatedExample, EvaluatedTurn, Metrics } from '@tinsmith/core';

/** The line, without its newline. `index`: the place of the example in the data. */
export function storedExample(
  example: EvaluatedExample,
  { benchmark, index }: { readonly benchmark: string; readonly index: number },
): string {
  const { id, sample, turns, reward, metrics, logs, isTruncated, error, seconds } = example;
  return JSON.stringify({
    idx: index,
    benchmark,
    example_id: id,
    sample,
    turns: turns.map(({ role, content, tokenCount }) => ({
      role,
      content,
      token_count: tokenCount,
      metadata: {},
    })),
    reward,
    metrics: isTruncated ? { ...metrics, max_tokens_reached: 1 } : metrics,
    logs,
    error,
    time_seconds: Number(seconds.toFixed(3)),
  });
}

/** Undefined for a line that is none, e.g. one that a kill cut short. Unknown fields are passed over. */
export function readStoredExample(line: string): EvaluatedExample | undefined {
  let stored: Partial<Stored> | null;
  try {
    stored = JSON.parse(line) as Partial<Stored> | null;
  } catch {
    return undefined;
  }
  if (typeof stored?.example_id !== 'string' || typeof stored.reward !== 'number') return undefined;
  const { max_tokens_reached: cut = 0, ...metrics } = stored.metrics ?? {};
  return {
    id: stored.example_id,
    sample: stored.sample ?? 0,
    turns: (stored.turns ?? []).map(({ role, content, token_count }) => ({
      role,
      content,
      tokenCount: token_count,
    })),
    reward: stored.reward,
    metrics,
    logs: stored.logs ?? {},
    isTruncated: cut > 0,
    error: stored.error ?? null,
    seconds: stored.time_seconds ?? 0,
  };
}

interface Stored {
  readonly example_id: string;
  readonly sample: number;
  readonly turns: readonly (Pick<EvaluatedTurn, 'role' | 'content'> & { readonly token_count: number })[];
  readonly reward: number;
  readonly metrics: Metrics;
  readonly logs: Readonly<Record<string, string | number>>;
  readonly error: string | null;
  readonly time_seconds: number;
}
