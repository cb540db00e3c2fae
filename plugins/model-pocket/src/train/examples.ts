/** Rendered exercises as training data. Knows nothing about what they are about. */
import { type Datum, float32, inputLength, int64, modelInput, type SupervisedExample } from '@tinsmith/core';

/** Of the longest in a call. */
const SHORTEST_SHARE = 0.7;

/**
 * One datum per example. The weights add up to 1 over the batch, so that the gradient does not grow with the batch. A target
 * in an answer of n tokens weighs 1/√n, so that long answers that could be otherwise do not drown short ones that could not.
 */
export function batchData(examples: readonly SupervisedExample[]): Datum[] {
  const roots = examples.map(({ weights }) =>
    Math.sqrt(weights.slice(1).reduce((sum, weight) => sum + weight, 0)),
  );
  const total = roots.reduce((sum, root) => sum + root, 0);
  return examples.map((example, index) => toDatum(example, 1 / (roots[index]! * total)));
}

/**
 * The data in calls of like length, longest first: what a call computes is as long as its longest. The gradients of the calls
 * add up; `indexes` says where in `data` each one was.
 */
export function callsByLength(data: readonly Datum[]): { indexes: number[]; data: Datum[] }[] {
  const lengthOf = (index: number) => inputLength(data[index]!.modelInput);
  const order = Array.from(data.keys()).toSorted((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const calls: { indexes: number[]; data: Datum[] }[] = [];
  let longest = 0;
  for (const index of order) {
    if (calls.length === 0 || lengthOf(index) < SHORTEST_SHARE * longest) {
      calls.push({ indexes: [], data: [] });
      longest = lengthOf(index);
    }
    calls.at(-1)!.indexes.push(index);
    calls.at(-1)!.data.push(data[index]!);
  }
  return calls;
}

/** Position i of the input predicts token i + 1, so everything about a target is shifted by one. */
function toDatum({ tokens, weights }: SupervisedExample, scale: number): Datum {
  return {
    modelInput: modelInput(tokens.slice(0, -1)),
    lossFnInputs: {
      target_tokens: int64(tokens.slice(1)),
      weights: float32(weights.slice(1).map(weight => weight * scale)),
    },
  };
}
