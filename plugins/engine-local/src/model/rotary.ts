/** Angles of the rotary embedding. Knows positions and frequencies; nothing of layers. */
import { cast, cos, multiply, reshape, type Dimension, type Tensor, sin } from '@tinsmith/graph';
import type { ModelConfig } from './config.js';

/** Radians per position for each of the headSize / 2 pairs, with Llama 3's scaling where the model has it. */
export function rotaryFrequencies(config: ModelConfig): number[] {
  const { headSize, ropeTheta, ropeScaling } = config;
  const plain = Array.from({ length: headSize / 2 }, (_, i) => ropeTheta ** ((-2 * i) / headSize));
  if (!ropeScaling) return plain;
  const {
    factor,
    lowFrequencyFactor: low,
    highFrequencyFactor: high,
    originalMaxPositions: original,
  } = ropeScaling;
  return plain.map(frequency => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength < original / high) return frequency;
    if (wavelength > original / low) return frequency / factor;
    const smooth = (original / wavelength - low) / (high - low);
    return frequency * (smooth + (1 - smooth) / factor);
  });
}

/**
 * Cosines and sines, [count, headSize / 2], for positions int64 [count]. Computed when the graph runs, so no table limits the length;
 * in float64, because a float32 angle of thousands of radians is off by more than a thousandth.
 */
export function rotaryTables(
  config: ModelConfig,
  positions: Tensor<'int64'>,
  count: Dimension,
): { cos: Tensor; sin: Tensor } {
  const frequencies = rotaryFrequencies(config);
  const column = reshape(cast(positions, 'float64'), [count, 1]);
  const angles = multiply(column, positions.graph.constant('float64', [1, frequencies.length], frequencies));
  return { cos: cast(cos(angles), 'float32'), sin: cast(sin(angles), 'float32') };
}
