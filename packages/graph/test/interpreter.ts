/**
 * What a graph means, operator by operator, in plain loops over float64: slow, and without anything that could be fused wrongly. It
 * follows ONNX's definitions and shares no code with the kernels that it is compared with.
 */
import type { AnyTensor, Attribute } from '../src/index.js';
import type { Value } from './run.js';

/** The values of the outputs for the inputs by name. */
export function interpret(
  outputs: Readonly<Record<string, AnyTensor>>,
  inputs: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const graph = Object.values(outputs)[0]!.graph;
  const known = new Map<AnyTensor, Value>();
  for (const [name, tensor] of graph.inputs) if (inputs[name]) known.set(tensor, inputs[name]);
  for (const { tensor, values } of graph.constants.values())
    known.set(tensor, { shape: tensor.shape.map(Number), values: Array.from(values) });
  const valueOf = (tensor: AnyTensor): Value => {
    const found = known.get(tensor);
    if (found) return found;
    const { producer } = tensor;
    if (!producer) throw new Error('an input has no value');
    const results = run(producer, producer.inputs.map(valueOf));
    producer.outputs.forEach((output, i) => known.set(output, results[i]!));
    return known.get(tensor)!;
  };
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, valueOf(tensor)]));
}

function run(node: Node, operands: readonly Value[]): Value[] {
  const operator = operators[node.operator];
  if (!operator) throw new Error(`the interpreter has no operator ${node.operator}`);
  const result = operator(operands, new Settings(node.attributes), node);
  return Array.isArray(result) ? result : [result];
}

class Settings {
  readonly #attributes: Readonly<Record<string, Attribute>>;

  constructor(attributes: Readonly<Record<string, Attribute>>) {
    this.#attributes = attributes;
  }

  number(name: string, fallback: number): number {
    const found = this.#attributes[name];
    if (!found) return fallback;
    return 'int' in found ? found.int : 'float' in found ? found.float : fallback;
  }

  numbers(name: string): readonly number[] {
    const found = this.#attributes[name];
    return found && 'ints' in found ? found.ints : [];
  }
}

type Node = NonNullable<AnyTensor['producer']>;
type Operator = (operands: readonly Value[], settings: Settings, node: Node) => Value | Value[];

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** A value from a function of the index along every axis. */
function make(shape: readonly number[], of: (index: number[]) => number): Value {
  const values = Array.from({ length: product(shape) }, (_, flat) => of(indexOf(flat, shape)));
  return { shape, values };
}

function indexOf(flat: number, shape: readonly number[]): number[] {
  const index = shape.map(() => 0);
  for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** The element at an index; axes of size 1 are broadcast, and leading axes of the index that `x` has not are left out. */
function at({ shape, values }: Value, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  const flat = shape.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : own[axis]!), 0);
  return values[flat]!;
}

function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(shape => shape.length));
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(...shapes.map(shape => shape[axis - rank + shape.length] ?? 1)),
  );
}

const elementwise =
  (of: (...values: number[]) => number): Operator =>
  operands =>
    make(broadcast(operands.map(({ shape }) => shape)), index => of(...operands.map(x => at(x, index))));

const swapLast = <T>(items: readonly T[]): T[] => [...items.slice(0, -2), items.at(-1)!, items.at(-2)!];

function transposed(x: Value): Value {
  return make(swapLast(x.shape), index => at(x, swapLast(index)));
}

function multiply(left: Value, right: Value): Value {
  const [rows, inner, columns] = [left.shape.at(-2)!, left.shape.at(-1)!, right.shape.at(-1)!];
  return make([...left.shape.slice(0, -2), rows, columns], index => {
    const [batch, i, j] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += at(left, [...batch, i, k]) * at(right, [...batch, k, j]);
    return sum;
  });
}

const matMul: Operator = ([left, right, plus], settings) => {
  const a = settings.number('transA', 0) ? transposed(left!) : left!;
  const b = settings.number('transB', 0) ? transposed(right!) : right!;
  const result = multiply(a, b);
  const scale = settings.number('alpha', 1);
  return make(result.shape, index => scale * at(result, index) + (plus ? at(plus, index) : 0));
};

const axisOf = (settings: Settings, rank: number): number => (settings.number('axis', 0) + rank) % rank;

function reduce(
  [x, axes]: readonly Value[],
  settings: Settings,
  join: (a: number, b: number) => number,
): Value {
  const reduced = axes!.values.map(axis => (axis + x!.shape.length) % x!.shape.length);
  const kept = x!.shape.map((size, axis) => (reduced.includes(axis) ? 1 : size));
  const results: (number | undefined)[] = Array.from({ length: product(kept) });
  x!.values.forEach((value, flat) => {
    const index = indexOf(flat, x!.shape);
    const to = kept.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : index[axis]!), 0);
    const before = results[to];
    results[to] = before === undefined ? value : join(before, value);
  });
  const shape = settings.number('keepdims', 1) ? kept : x!.shape.filter((_, axis) => !reduced.includes(axis));
  return { shape, values: results.map(value => value ?? 0) };
}

function softmax(x: Value): Value {
  const size = x.shape.at(-1)!;
  const values = [...x.values];
  for (let start = 0; start < values.length; start += size) {
    const row = x.values.slice(start, start + size);
    const top = Math.max(...row);
    const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
    row.forEach((value, i) => (values[start + i] = Math.exp(value - top) / sum));
  }
  return { shape: x.shape, values };
}

/** A range of one axis. */
const cut = (x: Value, axis: number, start: number, end: number): Value =>
  make(x.shape.with(axis, end - start), index => at(x, index.with(axis, index[axis]! + start)));

const operators: Readonly<Record<string, Operator>> = {
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b) => a / b),
  Min: elementwise((a, b) => Math.min(a, b)),
  Max: elementwise((a, b) => Math.max(a, b)),
  Neg: elementwise(a => -a),
  Exp: elementwise(a => Math.exp(a)),
  Log: elementwise(a => Math.log(a)),
  Sigmoid: elementwise(a => 1 / (1 + Math.exp(-a))),
  Cos: elementwise(a => Math.cos(a)),
  Sin: elementwise(a => Math.sin(a)),
  Less: elementwise((a, b) => Number(a < b)),
  LessOrEqual: elementwise((a, b) => Number(a <= b)),
  Equal: elementwise((a, b) => Number(a === b)),
  Where: elementwise((condition, a, b) => (condition ? a : b)),
  Identity: ([x]) => x!,
  Cast: ([x], _, node) =>
    node.outputs[0]!.type === 'int64' ? { ...x!, values: x!.values.map(Math.trunc) } : x!,
  MatMul: matMul,
  FusedMatMul: matMul,
  Gemm: matMul,
  Softmax: ([x]) => softmax(x!),
  ReduceSum: (operands, settings) => reduce(operands, settings, (a, b) => a + b),
  ReduceMax: (operands, settings) => reduce(operands, settings, Math.max),
  Transpose: ([x], settings) => {
    const order = settings.numbers('perm');
    return make(
      order.map(axis => x!.shape[axis]!),
      index =>
        at(
          x!,
          order.map((_, axis) => index[order.indexOf(axis)]!),
        ),
    );
  },
  Reshape: ([x, to]) => {
    const sizes = to!.values.map((size, axis) => (size === 0 ? x!.shape[axis]! : size));
    const rest = product(x!.shape) / product(sizes.filter(size => size !== -1));
    return { shape: sizes.map(size => (size === -1 ? rest : size)), values: x!.values };
  },
  Expand: ([x, to]) => make(broadcast([x!.shape, to!.values]), index => at(x!, index)),
  Shape: ([x], settings) => {
    const sizes = x!.shape.slice(settings.number('start', 0), settings.number('end', x!.shape.length));
    return { shape: [sizes.length], values: sizes };
  },
  Range: ([start, limit, step]) => {
    const values: number[] = [];
    for (let value = start!.values[0]!; value < limit!.values[0]!; value += step!.values[0]!)
      values.push(value);
    return { shape: [values.length], values };
  },
  Concat(operands, settings) {
    const axis = axisOf(settings, operands[0]!.shape.length);
    const size = operands.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    return make(operands[0]!.shape.with(axis, size), index => {
      let place = index[axis]!;
      for (const operand of operands) {
        if (place < operand.shape[axis]!) return at(operand, index.with(axis, place));
        place -= operand.shape[axis]!;
      }
      throw new Error('an index beyond the last operand');
    });
  },
  Slice: ([x, starts, ends, axes]) => cut(x!, axes!.values[0]!, starts!.values[0]!, ends!.values[0]!),
  Split([x, sizes], settings) {
    const axis = axisOf(settings, x!.shape.length);
    let start = 0;
    return sizes!.values.map(size => cut(x!, axis, start, (start += size)));
  },
  Pad([x, amounts, fill]) {
    const rank = x!.shape.length;
    const before = amounts!.values.slice(0, rank);
    const shape = x!.shape.map((size, axis) => size + before[axis]! + amounts!.values[rank + axis]!);
    return make(shape, index => {
      const inside = index.map((place, axis) => place - before[axis]!);
      const isInside = inside.every((place, axis) => place >= 0 && place < x!.shape[axis]!);
      return isInside ? at(x!, inside) : fill!.values[0]!;
    });
  },
  Gather: ([table, indices]) =>
    make([...indices!.shape, ...table!.shape.slice(1)], index => {
      const rank = indices!.shape.length;
      return at(table!, [at(indices!, index.slice(0, rank)), ...index.slice(rank)]);
    }),
  GatherElements([x, indices], settings) {
    const axis = axisOf(settings, x!.shape.length);
    return make(indices!.shape, index => at(x!, index.with(axis, at(indices!, index))));
  },
  ScatterElements([data, indices, updates], settings) {
    const axis = axisOf(settings, data!.shape.length);
    const values = [...data!.values];
    updates!.values.forEach((update, flat) => {
      const index = indexOf(flat, updates!.shape);
      const to = index.with(axis, at(indices!, index));
      const place = data!.shape.reduce((sum, size, a) => sum * size + to[a]!, 0);
      values[place] = values[place]! + update;
    });
    return { shape: data!.shape, values };
  },
  SimplifiedLayerNormalization([x, weight], settings) {
    const size = x!.shape.at(-1)!;
    const rows = x!.values.length / size;
    const inverse = Array.from({ length: rows }, (_, row) => {
      const squares = x!.values
        .slice(row * size, (row + 1) * size)
        .reduce((sum, value) => sum + value ** 2, 0);
      return 1 / Math.sqrt(squares / size + settings.number('epsilon', 1e-5));
    });
    const values = x!.values.map(
      (value, i) => value * inverse[Math.floor(i / size)]! * weight!.values[i % size]!,
    );
    return [
      { shape: x!.shape, values },
      { shape: x!.shape.with(x!.shape.length - 1, 1), values: inverse },
    ];
  },
  /** Half-split pairs; `rows` has a row of the tables for every place, or the first place's, from which rows count up. */
  RotaryEmbedding([x, rows, cos, sin]) {
    const half = cos!.shape[1]!;
    return make(x!.shape, ([b, t, i]) => {
      const row = rows!.shape.length === 1 ? rows!.values[0]! + t! : at(rows!, [b!, t!]);
      const [head, place] = [Math.floor(i! / (2 * half)) * 2 * half, i! % (2 * half)];
      const [c, s] = [at(cos!, [row, place % half]), at(sin!, [row, place % half])];
      const [first, second] = [
        at(x!, [b!, t!, head + (place % half)]),
        at(x!, [b!, t!, head + half + (place % half)]),
      ];
      return place < half ? first * c - second * s : second * c + first * s;
    });
  },
};
