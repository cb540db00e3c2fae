/**
 * Llama 3's rotary scaling in GGUF: not its parameters but, per pair, the divisor of the frequency, in the tensor
 * `rope_freqs.weight`. Knows no file.
 */
import { type ModelConfig, type RopeScaling, rotaryFrequencies } from '../../model/index.js';

export const ropeFactorsTensor = 'rope_freqs.weight';

/** [headSize / 2] */
export function ropeFactors(config: ModelConfig): Float32Array {
  const plain = rotaryFrequencies({ ...config, ropeScaling: undefined });
  const scaled = rotaryFrequencies(config);
  return Float32Array.from(plain, (frequency, i) => frequency / scaled[i]!);
}

/** Rounding to float32 of what the converter computed in float32. */
const tolerance = 1e-4;

/**
 * The parameters that give these factors. All Llama 3 models have the limits 1 and 4; their original context is a power of two.
 * @returns undefined if no such parameters do.
 */
export function findRopeScaling(factors: Float32Array, config: ModelConfig): RopeScaling | undefined {
  const factor = Math.max(...factors);
  for (let original = 16; original <= 2 ** 20; original *= 2) {
    const scaling = { factor, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: original };
    const expected = ropeFactors({ ...config, ropeScaling: scaling });
    if (expected.every((value, i) => Math.abs(value / factors[i]! - 1) < tolerance)) return scaling;
  }
  return undefined;
}
