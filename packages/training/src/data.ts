/**
 * From trajectories to training data: token ids, never text (cookbook-algorithms, section 6).
 *
 * A datum made here has, besides what the losses need, the tensor `mask`: 1 where the policy spoke, 0 where
 * it was spoken to. It is for metrics on this side; `trainStep` takes it off before sending.
 */
import {
  type Datum,
  float32,
  int64,
  TinsmithError,
  type Trajectory,
  type TrajectoryGroup,
} from '@tinsmith/core';
import { inputOf, isSameItem, itemsOf, type SequenceItem, targetsOf } from './sequence.js';

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
 * @throws TRAJECTORY_TOO_SHORT for a sequence of one token, or one that ends with an image: nothing is predicted.
 */
export function trajectoryToData(trajectory: Trajectory, advantage: number): Datum[] {
  const sequences: Item[][] = [[]];
  for (const { observation, action, metrics } of trajectory.transitions) {
    const observed = itemsOf(observation);
    if (!isPrefix(sequences.at(-1)!, observed)) sequences.push([]);
    const sequence = sequences.at(-1)!;

    const delta = observed.slice(sequence.length);
    sequence.push(...delta.map(item => ({ item, logprob: 0, advantage: 0, mask: 0 })));

    const trained = (metrics['parse_error_masked'] ?? 0) >= 1 ? 0 : 1;
    action.tokens.forEach((id, index) =>
      sequence.push({
        item: id,
        logprob: action.logprobs[index]!,
        advantage: trained ? advantage : 0,
        mask: trained,
      }),
    );
  }
  return sequences.filter(sequence => sequence.length > 0).map(toDatum);
}

/** A token, or an image, which is always observed. */
interface Item {
  readonly item: SequenceItem;
  /** When sampled; 0 for what was observed. */
  readonly logprob: number;
  readonly advantage: number;
  readonly mask: number;
}

const isPrefix = (sequence: readonly Item[], items: readonly SequenceItem[]) =>
  sequence.length <= items.length && sequence.every(({ item }, index) => isSameItem(item, items[index]));

/** Position i of the input predicts token i + 1, so everything about a target is shifted by one. */
function toDatum(sequence: readonly Item[]): Datum {
  const last = sequence.at(-1)!;
  if (sequence.length < 2 || typeof last.item !== 'number') {
    throw new TinsmithError({
      code: 'TRAJECTORY_TOO_SHORT',
      message:
        sequence.length < 2
          ? 'a trajectory of one token cannot be trained on: no token comes before it'
          : 'a trajectory that ends with an image cannot be trained on: nothing was answered',
      fix: 'give the policy at least one token to observe and one to answer with',
    });
  }
  const targets = sequence
    .flatMap(({ item, ...rest }) => targetsOf(item).map(id => ({ id, ...rest })))
    .slice(1);
  return {
    modelInput: inputOf(sequence.slice(0, -1).map(({ item }) => item)),
    lossFnInputs: {
      target_tokens: int64(targets.map(token => token.id)),
      logprobs: float32(targets.map(token => token.logprob)),
      advantages: float32(targets.map(token => token.advantage)),
      mask: float32(targets.map(token => token.mask)),
    },
  };
}
