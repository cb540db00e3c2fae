/**
 * From trajectories to training data: token ids, never text (cookbook-algorithms, section 6).
 *
 * A datum made here has, besides what the losses need, the tensor `mask`: 1 where the policy spoke, 0 where
 * it was spoken to. It is for metrics on this side; `trainStep` takes it off before sending.
 */
import {
  type Datum,
  float32,
  inputTokens,
  int64,
  modelInput,
  TinsmithError,
  type Trajectory,
  type TrajectoryGroup,
} from '@tinsmith/core';

export interface TrainingData {
  readonly data: readonly Datum[];
  /** One per datum: where it comes from. A trajectory gives as many datums as it has separate sequences. */
  readonly sources: readonly { readonly group: number; readonly trajectory: number }[];
}

/** `advantages` as `computeAdvantages` gives them: one per group and trajectory. */
export function assembleTrainingData(
  groups: readonly TrajectoryGroup[],
  advantages: readonly (readonly number[])[],
): TrainingData {
  const rows = groups.flatMap(({ trajectories }, group) =>
    trajectories.flatMap((steps, trajectory) =>
      trajectoryToData(steps, advantages[group]![trajectory]!).map(datum => ({
        datum,
        source: { group, trajectory },
      })),
    ),
  );
  return { data: rows.map(row => row.datum), sources: rows.map(row => row.source) };
}

/**
 * Turns whose observation goes on from the sequence so far become one datum; any other observation begins a
 * new one. Every token of an action has the same advantage. Tokens of turns with the metric
 * `parse_error_masked` >= 1 stay in the sequence, with mask and advantage 0.
 *
 * Throws TRAJECTORY_TOO_SHORT for a sequence of one token: nothing in it predicts anything.
 */
export function trajectoryToData(trajectory: Trajectory, advantage: number): Datum[] {
  const sequences: Token[][] = [[]];
  for (const { observation, action, metrics } of trajectory.transitions) {
    const observed = inputTokens(observation);
    if (!isPrefix(sequences.at(-1)!, observed)) sequences.push([]);
    const sequence = sequences.at(-1)!;

    const delta = observed.slice(sequence.length);
    sequence.push(...delta.map(id => ({ id, logprob: 0, advantage: 0, mask: 0 })));

    const trained = (metrics['parse_error_masked'] ?? 0) >= 1 ? 0 : 1;
    action.tokens.forEach((id, index) =>
      sequence.push({
        id,
        logprob: action.logprobs[index]!,
        advantage: trained ? advantage : 0,
        mask: trained,
      }),
    );
  }
  return sequences.filter(sequence => sequence.length > 0).map(toDatum);
}

interface Token {
  readonly id: number;
  /** When sampled; 0 for what was observed. */
  readonly logprob: number;
  readonly advantage: number;
  readonly mask: number;
}

const isPrefix = (sequence: readonly Token[], tokens: readonly number[]) =>
  sequence.length <= tokens.length && sequence.every(({ id }, index) => id === tokens[index]);

/** Position i of the input predicts token i + 1, so everything about a target is shifted by one. */
function toDatum(sequence: readonly Token[]): Datum {
  if (sequence.length < 2) {
    throw new TinsmithError({
      code: 'TRAJECTORY_TOO_SHORT',
      message: 'a trajectory of one token cannot be trained on: no token comes before it',
      fix: 'give the policy at least one token to observe and one to answer with',
    });
  }
  const targets = sequence.slice(1);
  return {
    modelInput: modelInput(sequence.slice(0, -1).map(token => token.id)),
    lossFnInputs: {
      target_tokens: int64(targets.map(token => token.id)),
      logprobs: float32(targets.map(token => token.logprob)),
      advantages: float32(targets.map(token => token.advantage)),
      mask: float32(targets.map(token => token.mask)),
    },
  };
}
