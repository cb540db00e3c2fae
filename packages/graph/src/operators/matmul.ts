import { broadcastShapes, formatShape, isSameDimension, isSameShape, type Shape } from '../dimension.js';
import { emit } from '../emit.js';
import { GraphError } from '../errors.js';
import type { Attributes, GradientRule, Tensor } from '../graph.js';
import { add } from './add.js';
import { sumTo } from './sum-to.js';

export interface MatMulOptions {
  /** Use the transpose of the last two axes. */
  readonly transposeLeft?: boolean;
  readonly transposeRight?: boolean;
  /** Multiplies the product. Default 1. */
  readonly scale?: number;
  /** Added to the scaled product: of its shape, or broadcasting to it. */
  readonly plus?: Tensor | undefined;
}

/**
 * scale * left right + plus, over the last two axes; the axes before them must be equal. Products of matrices become Gemm, batches
 * MatMul or onnxruntime's FusedMatMul, so transposes and the scale cost nothing.
 */
export function matMul(left: Tensor, right: Tensor, options: MatMulOptions = {}): Tensor {
  const { transposeLeft = false, transposeRight = false, scale = 1, plus } = options;
  const shape = productShape(left, right, transposeLeft, transposeRight);
  if (shape.length > 2 && plus) return add(matMul(left, right, { ...options, plus: undefined }), plus);
  if (plus && !isSameShape(broadcastShapes('Gemm', plus.shape, shape), shape))
    throw new GraphError(
      'SHAPE_MISMATCH',
      `Gemm: ${formatShape(plus.shape)} cannot be added to ${formatShape(shape)}`,
    );

  return emit({
    ...variant(shape.length > 2, transposeLeft, transposeRight, scale),
    inputs: plus ? [left, right, plus] : [left, right],
    type: 'float32',
    shape,
    pullback: g => [
      productRule(
        transposeLeft
          ? onto =>
              matMul(right, g, { transposeLeft: transposeRight, transposeRight: true, scale, plus: onto })
          : onto => matMul(g, right, { transposeRight: !transposeRight, scale, plus: onto }),
      ),
      productRule(
        transposeRight
          ? onto => matMul(g, left, { transposeLeft: true, transposeRight: transposeLeft, scale, plus: onto })
          : onto => matMul(left, g, { transposeLeft: !transposeLeft, scale, plus: onto }),
      ),
      ...(plus ? [() => sumTo(g, plus.shape)] : []),
    ],
  });
}

/** A product adds to the other gradients of its operand for free. */
function productRule(accumulate: (onto: Tensor | undefined) => Tensor): GradientRule {
  return { accumulate };
}

function variant(
  isBatched: boolean,
  transposeLeft: boolean,
  transposeRight: boolean,
  scale: number,
): { operator: string; domain: '' | 'com.microsoft'; attributes: Attributes } {
  const flags = {
    transA: { int: Number(transposeLeft) },
    transB: { int: Number(transposeRight) },
    alpha: { float: scale },
  };
  if (!isBatched) return { operator: 'Gemm', domain: '', attributes: flags };
  if (!transposeLeft && !transposeRight && scale === 1)
    return { operator: 'MatMul', domain: '', attributes: {} };
  return { operator: 'FusedMatMul', domain: 'com.microsoft', attributes: flags };
}

function productShape(left: Tensor, right: Tensor, transposeLeft: boolean, transposeRight: boolean): Shape {
  const fail = (): never => {
    const operands = `${describe(left, transposeLeft)} and ${describe(right, transposeRight)}`;
    throw new GraphError('SHAPE_MISMATCH', `MatMul: ${operands} cannot be multiplied`);
  };
  if (left.shape.length < 2 || right.shape.length < 2) return fail();
  const batch = left.shape.slice(0, -2);
  if (!isSameShape(batch, right.shape.slice(0, -2))) return fail();
  const [rows, inner] = lastTwo(left.shape, transposeLeft);
  const [otherInner, columns] = lastTwo(right.shape, transposeRight);
  if (!isSameDimension(inner, otherInner)) return fail();
  return [...batch, rows, columns];
}

function lastTwo(shape: Shape, isTransposed: boolean): readonly [Shape[number], Shape[number]] {
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  return isTransposed ? [columns, rows] : [rows, columns];
}

function describe(tensor: Tensor, isTransposed: boolean): string {
  return formatShape(tensor.shape) + (isTransposed ? ' transposed' : '');
}
