/**
 * Scoring of prompts: log-probabilities of their tokens, the most likely tokens at each position, whole logits. Knows nothing of
 * drawing.
 */
import { logitsGraph, targetLogprobsGraph } from '../model/index.js';
import { planMicroBatches, positionBudget } from '../training/micro-batches.js';
import { floats, int64Tensor } from '../worker/graph-sessions.js';
import { type Policy, policySession } from '../worker/policy.js';
import { logSumExp, topTokens } from './distribution.js';
import { leastTime } from './least-time.js';

/** Per sequence the log-probabilities of tokens 1 to the last, given those before. */
export async function scoreSequences(
  policy: Policy,
  sequences: readonly Int32Array[],
): Promise<Float64Array[]> {
  const session = await policySession(policy, 'targets', policy.frozen?.narrow, targetLogprobsGraph);
  const scores = sequences.map(tokens => new Float64Array(tokens.length - 1));
  for (const { rows, time } of plan(policy, sequences)) {
    const shape = [rows.length, time];
    const targets = rows.map(row => sequences[row]!.subarray(1));
    const outputs = await session.run(
      {
        tokens: int64Tensor(
          pad(
            rows.map(row => sequences[row]!),
            time,
          ),
          shape,
        ),
        targets: int64Tensor(pad(targets, time), shape),
      },
      policy.tensors,
    );
    const logprobs = floats(outputs['target_logprobs']);
    rows.forEach((row, index) => {
      const start = index * time;
      scores[row]!.set(logprobs.subarray(start, start + scores[row]!.length));
    });
  }
  return scores;
}

/** Positions that are scored in one turn. */
const mostPositions = 4096;

/** As {@link scoreSequences}, in pieces, each in a turn of its own. The sequences alone decide which are computed together. */
export async function scoreInTurns(
  policy: Policy,
  sequences: readonly Int32Array[],
  takeTurn: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<Float64Array[]> {
  const scores: Float64Array[] = [];
  while (scores.length < sequences.length) {
    const start = scores.length;
    let end = start;
    let positions = 0;
    do positions += sequences[end++]!.length;
    while (end < sequences.length && positions + sequences[end]!.length <= mostPositions);
    scores.push(...(await takeTurn(() => scoreSequences(policy, sequences.slice(start, end)))));
  }
  return scores;
}

/** Per sequence the logits [length, vocabulary]. Each is given to `visit` as it comes: all of them together may not fit. */
export async function visitLogits(
  policy: Policy,
  sequences: readonly Int32Array[],
  visit: (sequence: number, logits: Float32Array) => void,
): Promise<void> {
  const { config } = policy;
  const session = await policySession(policy, 'logits', policy.frozen?.narrow, logitsGraph);
  for (const { rows, time } of plan(policy, sequences)) {
    const tokens = pad(
      rows.map(row => sequences[row]!),
      time,
    );
    const outputs = await session.run({ tokens: int64Tensor(tokens, [rows.length, time]) }, policy.tensors);
    const logits = floats(outputs['logits']);
    const size = time * config.vocabularySize;
    rows.forEach((row, index) => {
      const start = index * size;
      visit(row, logits.subarray(start, start + sequences[row]!.length * config.vocabularySize));
    });
  }
}

export interface TopScores {
  /** [length - 1] */
  readonly logprobs: Float64Array;
  /** [length - 1, k], best first */
  readonly tokens: Int32Array;
  readonly topLogprobs: Float64Array;
}

/** As {@link scoreSequences}, with the `count` most likely tokens at each position. */
export async function scoreWithTop(policy: Policy, sequence: Int32Array, count: number): Promise<TopScores> {
  const vocabulary = policy.config.vocabularySize;
  const k = Math.min(count, vocabulary);
  const length = sequence.length - 1;
  const scores: TopScores = {
    logprobs: new Float64Array(length),
    tokens: new Int32Array(length * k),
    topLogprobs: new Float64Array(length * k),
  };
  await visitLogits(policy, [sequence], (_, logits) => {
    for (let t = 0; t < length; t++) {
      const row = logits.subarray(t * vocabulary, (t + 1) * vocabulary);
      const normaliser = logSumExp(row);
      scores.logprobs[t] = row[sequence[t + 1]!]! - normaliser;
      topTokens(row, k).forEach((token, rank) => {
        scores.tokens[t * k + rank] = token;
        scores.topLogprobs[t * k + rank] = row[token]! - normaliser;
      });
    }
  });
  return scores;
}

function plan({ config }: Policy, sequences: readonly Int32Array[]) {
  const lengths = Int32Array.from(sequences, tokens => tokens.length);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 1);
  const batches = planMicroBatches(
    { lengths, choices: new Int32Array(lengths.length).fill(1) },
    positionBudget(config, longest),
  );
  return batches.map(({ rows, time }) => ({ rows, time: Math.max(time, leastTime(config)) }));
}

function pad(rows: readonly Int32Array[], time: number): Int32Array {
  const padded = new Int32Array(rows.length * time);
  rows.forEach((row, index) => padded.set(row, index * time));
  return padded;
}
