import { emit } from '../emit.js';
import type { AnyTensor, ElementType, Tensor } from '../graph.js';
import { dataTypeOf } from '../onnx.js';

/** Another element type. It has no derivative: only float32 tensors have gradients. */
export function cast<T extends ElementType>(x: AnyTensor, type: T): Tensor<T> {
  if (x.type === type) return x as Tensor<T>;
  return emit({
    operator: 'Cast',
    attributes: { to: { int: dataTypeOf(type) } },
    inputs: [x],
    type,
    shape: x.shape,
  });
}
