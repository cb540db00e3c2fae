/** Runs graphs with onnxruntime-node on plain numbers. */
import * as ort from 'onnxruntime-node';
import { type AnyTensor, type ElementType, type OnnxOptions, toOnnx } from '../src/index.js';

export interface Value {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Creates a session for the outputs, to be run many times. */
export async function compile(
  outputs: Readonly<Record<string, AnyTensor>>,
  options: OnnxOptions = {},
): Promise<(inputs: Readonly<Record<string, Value>>) => Promise<Record<string, Value>>> {
  const model = toOnnx(outputs, options);
  const session = await ort.InferenceSession.create(model.onnx, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return async inputs => {
    const feeds: Record<string, ort.Tensor> = {};
    for (const { name, type } of model.inputs) {
      const input = inputs[name];
      if (!input) throw new Error(`no value for input "${name}"`);
      feeds[name] = toTensor(type, input);
    }
    const results = await session.run(feeds);
    return Object.fromEntries(Object.entries(results).map(([name, result]) => [name, fromTensor(result)]));
  };
}

/** One run of one output. */
export async function evaluate(
  output: AnyTensor,
  inputs: Readonly<Record<string, Value>> = {},
): Promise<Value> {
  const run = await compile({ output });
  return (await run(inputs))['output']!;
}

function toTensor(type: ElementType, { shape, values }: Value): ort.Tensor {
  if (type === 'int64') return new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape);
  if (type === 'bool') return new ort.Tensor('bool', Uint8Array.from(values), shape);
  if (type === 'float64') return new ort.Tensor('float64', Float64Array.from(values), shape);
  return new ort.Tensor('float32', Float32Array.from(values), shape);
}

function fromTensor(tensor: ort.Tensor): Value {
  return { shape: tensor.dims, values: Array.from(tensor.data as ArrayLike<number | bigint>, Number) };
}
