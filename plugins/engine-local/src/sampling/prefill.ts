/** Runs prompts through the model once, for what sampling needs: the logits behind the last token, and keys and values. */
import { prefillGraph } from '../model/index.js';
import { planMicroBatches, positionBudget } from '../training/micro-batches.js';
import { floats, int64Tensor } from '../worker/graph-sessions.js';
import { loraKey, type Policy } from '../worker/policy.js';
import type { PromptCache } from './key-value-cache.js';

export interface Prefilled {
  /** [vocabulary] */
  readonly logits: Float32Array;
  readonly cache: PromptCache;
}

export async function prefill(policy: Policy, prompts: readonly Int32Array[]): Promise<Prefilled[]> {
  const { config, lora, graphs, tensors } = policy;
  const session = await graphs.get(`prefill ${loraKey(lora)}`, () =>
    prefillGraph({ config, ...(lora && { adapter: lora }) }),
  );
  const lengths = Int32Array.from(prompts, prompt => prompt.length);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 1);
  const batches = planMicroBatches(
    { lengths, choices: new Int32Array(prompts.length).fill(1) },
    positionBudget(config, longest, true),
  );

  const results: Prefilled[] = Array.from({ length: prompts.length });
  for (const { rows, time } of batches) {
    const tokens = new Int32Array(rows.length * time);
    rows.forEach((row, index) => tokens.set(prompts[row]!, index * time));
    const outputs = await session.run(
      {
        tokens: int64Tensor(tokens, [rows.length, time]),
        last: int64Tensor(
          rows.map(row => lengths[row]! - 1),
          [rows.length],
        ),
      },
      tensors,
    );
    const part = (name: string, index: number) => {
      const whole = floats(outputs[name]);
      const size = whole.length / rows.length;
      return whole.slice(index * size, (index + 1) * size);
    };
    rows.forEach((row, index) => {
      const perLayer = (prefix: string) =>
        Array.from({ length: config.layers }, (_, layer) =>
          trim(part(`${prefix}.${layer}`, index), config.keyValueHeads, time, lengths[row]!),
        );
      results[row] = {
        logits: part('logits', index),
        cache: { length: lengths[row]!, keys: perLayer('key'), values: perLayer('value') },
      };
    });
  }
  return results;
}

/** [heads, time, headSize] to [heads, length, headSize]: without the padding behind. */
function trim(padded: Float32Array, heads: number, time: number, length: number): Float32Array {
  if (time === length) return padded;
  const size = padded.length / heads / time;
  const trimmed = new Float32Array(heads * length * size);
  for (let head = 0; head < heads; head++) {
    trimmed.set(padded.subarray(head * time * size, (head * time + length) * size), head * length * size);
  }
  return trimmed;
}
