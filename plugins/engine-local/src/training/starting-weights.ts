/** What trained tensors start from when nothing is loaded. Knows nothing of files. */
import { type LoraConfig, loraShapes, type ModelConfig, weightShapes } from '../model/index.js';
import { createRandom } from '../random.js';
import { elementCount, type FloatTensors } from '../weights/safetensors.js';

/**
 * PEFT's start: A uniform in (-1/sqrt(in), 1/sqrt(in)), B zero, so that the model is unchanged. Each tensor has its own random
 * stream, so it starts the same whatever else is trained.
 */
export function startingFactors(config: ModelConfig, lora: LoraConfig, seed: number): FloatTensors {
  const factors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, shape] of loraShapes(config, lora)) {
    const data = new Float32Array(elementCount(shape));
    if (name.includes('.lora_A.')) {
      const random = createRandom(seed, name);
      const bound = 1 / Math.sqrt(shape[1]!);
      for (let i = 0; i < data.length; i++) data[i] = (2 * random.uniform() - 1) * bound;
    }
    factors.set(name, { shape, data });
  }
  return factors;
}

/** Llama's start for a whole model: matrices normal with deviation 0.02, norms 1, biases 0. */
export function startingWeights(config: ModelConfig, seed: number): FloatTensors {
  const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, shape] of weightShapes(config)) {
    const data = new Float32Array(elementCount(shape));
    if (shape.length === 2) {
      const random = createRandom(seed, name);
      for (let i = 0; i < data.length; i++) data[i] = 0.02 * random.normal();
    } else if (name.endsWith('norm.weight')) {
      data.fill(1);
    }
    weights.set(name, { shape, data });
  }
  return weights;
}
