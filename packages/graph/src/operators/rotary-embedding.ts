import { formatShape, isSameShape } from '../dimension.js';
import { emit } from '../emit.js';
import { GraphError } from '../errors.js';
import type { Tensor } from '../graph.js';
import { negate } from './negate.js';

export interface RotaryTables {
  /** Cosines and sines of the angles, [rows, headSize / 2]. */
  readonly cos: Tensor;
  readonly sin: Tensor;
  /** The row of the tables for each place, [batch, time]; or [1], the row of the first place, from which rows count up. */
  readonly rows: Tensor<'int64'>;
}

/**
 * Rotates the pairs (x[i], x[i + headSize/2]) of every head of x [batch, time, heads * headSize] by an angle each (Su et al. 2021, in
 * Llama's half-split form). Its transpose is the rotation back.
 */
export function rotaryEmbedding(x: Tensor, tables: RotaryTables): Tensor {
  const { cos, sin, rows } = tables;
  const isLookup = isSameShape(rows.shape, x.shape.slice(0, 2)) || isSameShape(rows.shape, [1]);
  const half = cos.shape[1];
  const width = x.shape[2];
  const fits = typeof half === 'number' && typeof width === 'number' && width % (2 * half) === 0;
  if (x.shape.length !== 3 || !isLookup || !isSameShape(cos.shape, sin.shape) || !fits)
    throw new GraphError(
      'SHAPE_MISMATCH',
      `RotaryEmbedding: ${formatShape(x.shape)} with tables ${formatShape(cos.shape)}, ${formatShape(sin.shape)} and rows ${formatShape(rows.shape)}`,
    );
  return emit({
    operator: 'RotaryEmbedding',
    domain: 'com.microsoft',
    attributes: { interleaved: { int: 0 } },
    inputs: [x, rows, cos, sin],
    type: x.type,
    shape: x.shape,
    pullback: g => [
      () => rotaryEmbedding(g, { cos, sin: negate(sin), rows }),
      undefined,
      undefined,
      undefined,
    ],
  });
}
