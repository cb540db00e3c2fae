import { formatShape, isSameShape, multiplyDimensions } from '../dimension.js';
import { GraphError } from '../errors.js';
import type { Tensor } from '../graph.js';
import { matMul } from './matmul.js';
import { multiply } from './multiply.js';
import { reshape } from './reshape.js';
import { subtract } from './subtract.js';

/**
 * x / sqrt(mean(x^2) + epsilon) * weight over the last axis, whose size must be a number (Zhang and Sennrich 2019).
 * onnxruntime's kernel also returns the inverse root, which the derivative needs.
 */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon: number): Tensor {
  const size = x.shape.at(-1);
  if (typeof size !== 'number' || !isSameShape(weight.shape, [size]))
    throw new GraphError(
      'SHAPE_MISMATCH',
      `SimplifiedLayerNormalization: ${formatShape(x.shape)} and a weight of ${formatShape(weight.shape)}`,
    );
  const rows = multiplyDimensions(x.shape.slice(0, -1));
  const outputs = x.graph.node({
    operator: 'SimplifiedLayerNormalization',
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon }, stash_type: { int: 1 } },
    inputs: [x, weight],
    outputs: [
      { type: 'float32', shape: x.shape },
      { type: 'float32', shape: [...x.shape.slice(0, -1), 1] },
    ],
    // With r the inverse root: dx = r g w - x r^3 / size * sum(g x w), dw = sum over rows of g x r. Both sums are products of g x,
    // made once, with a vector.
    pullback: ([gradient]) => {
      const g = reshape(gradient!, [rows, size]);
      const input = reshape(x, [rows, size]);
      const inverse = reshape(outputs[1] as Tensor, [rows, 1]);
      const product = multiply(g, input);
      return [
        () => {
          const inner = matMul(product, reshape(weight, [size, 1]));
          const cubed = multiply(inverse, multiply(inverse, multiply(inverse, 1 / size)));
          const along = multiply(input, multiply(inner, cubed));
          return reshape(subtract(multiply(multiply(g, weight), inverse), along), x.shape);
        },
        () => reshape(matMul(product, inverse, { transposeLeft: true }), [size]),
      ];
    },
  });
  return outputs[0] as Tensor;
}
