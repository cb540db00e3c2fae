/**
 * Tensors and the nodes that make them. A graph only grows; every node is pure, so one with the same operator, attributes and
 * inputs as an earlier one is that earlier one. Knows nothing of any particular operator, of derivatives, or of ONNX's file format.
 */
import {
  canonical,
  type Dimension,
  formatShape,
  isSameDimension,
  multiplyDimensions,
  type Shape,
} from './dimension.js';
import { GraphError } from './errors.js';

/** Element types, as ONNX names them. */
export type ElementType = 'float32' | 'float64' | 'int64' | 'uint8' | 'bool';

/** A value in a graph. It has no numbers: they exist while the graph runs. */
export interface Tensor<T extends ElementType = 'float32'> {
  readonly graph: Graph;
  /** Grows with every tensor of the graph, so inputs of a node have smaller ids than its outputs. */
  readonly id: number;
  readonly type: T;
  readonly shape: Shape;
  /** What makes it when the graph runs; absent for graph inputs and constants. */
  readonly producer: Node | undefined;
  /** How gradients flow through it; absent for graph inputs and constants. */
  readonly derivation: Derivation | undefined;
}
export type AnyTensor = Tensor<ElementType>;

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };
export type Attributes = Readonly<Record<string, Attribute>>;

/** One ONNX node. */
export interface Node {
  readonly operator: string;
  readonly domain: '' | 'com.microsoft';
  readonly attributes: Attributes;
  readonly inputs: readonly AnyTensor[];
  readonly outputs: readonly AnyTensor[];
}

/**
 * A vector-Jacobian rule: from the gradients of the outputs (undefined where none arrives) to one rule per input. A rule runs only
 * if its input needs a gradient, and must return a tensor of the input's shape. `undefined` stands for an input without a gradient.
 */
export type Pullback = (gradients: readonly (Tensor | undefined)[]) => readonly (GradientRule | undefined)[];
export type GradientRule = (() => Tensor) | AccumulatingRule;

/** A rule that adds to the sum of the other gradients of its input at no extra cost, as a matrix product can. */
export interface AccumulatingRule {
  readonly accumulate: (onto: Tensor | undefined) => Tensor;
}

export interface Derivation {
  readonly name: string;
  readonly inputs: readonly AnyTensor[];
  readonly outputs: readonly AnyTensor[];
  /** Absent if the operator has no derivative; `blocked` if none shall flow. */
  readonly pullback: Pullback | 'blocked' | undefined;
}

export interface Constant {
  readonly tensor: AnyTensor;
  readonly values: readonly number[] | Float32Array;
}

export interface NodeOptions {
  readonly operator: string;
  readonly domain?: '' | 'com.microsoft';
  readonly attributes?: Attributes;
  readonly inputs: readonly AnyTensor[];
  readonly outputs: readonly { readonly type: ElementType; readonly shape: Shape }[];
  readonly pullback?: Pullback | 'blocked';
}

export class Graph {
  readonly inputs = new Map<string, AnyTensor>();
  readonly constants = new Map<number, Constant>();
  readonly #dimensions = new Map<string, Tensor<'int64'>>();
  readonly #nodes = new Map<string, Node>();
  readonly #constantsByContent = new Map<string, AnyTensor>();
  readonly #recomputed = new Set<Node>();
  /** Whether nodes that are made now are cheap. */
  #marks = false;
  /** Id of the first tensor of a backward pass. */
  #backwardStart = Number.POSITIVE_INFINITY;
  #tensors = 0;

  /** @throws {GraphError} NAME_TAKEN if the graph has an input of this name. */
  input<T extends ElementType>(name: string, type: T, shape: Shape): Tensor<T> {
    if (this.inputs.has(name)) throw new GraphError('NAME_TAKEN', `the graph has an input "${name}" already`);
    const tensor = this.#tensor(type, shape, undefined, undefined);
    this.inputs.set(name, tensor);
    return tensor;
  }

  /**
   * A dimension whose value is given when the graph runs, as the input of its name, int64 [1]: for sizes that no input has.
   * @throws {GraphError} NAME_TAKEN
   */
  dimension(name: string): Dimension {
    this.#dimensions.set(name, this.input(name, 'int64', [1]));
    return name;
  }

  /** Values in row-major order. Equal constants are one constant. */
  constant<T extends ElementType>(
    type: T,
    shape: readonly number[],
    values: readonly number[] | Float32Array,
  ): Tensor<T> {
    const size = multiplyDimensions(shape);
    if (values.length !== size)
      throw new GraphError(
        'SHAPE_MISMATCH',
        `constant: ${formatShape(shape)} has ${size} elements, found ${values.length}`,
      );
    // Object.is semantics: 0 and -0 differ, and join prints them alike.
    const key = `${type}${formatShape(shape)}${Array.from(values, value => (Object.is(value, -0) ? '-0' : value)).join()}`;
    const found = this.#constantsByContent.get(key);
    if (found) return found as Tensor<T>;
    const tensor = this.#tensor(type, shape, undefined, undefined);
    this.constants.set(tensor.id, { tensor, values });
    this.#constantsByContent.set(key, tensor);
    return tensor;
  }

  scalar(value: number): Tensor {
    return this.constant('float32', [], [value]);
  }

  /** Adds a node, or finds the equal one. Operators are functions on top of this. */
  node(options: NodeOptions): readonly AnyTensor[] {
    const { operator, domain = '', attributes = {}, inputs, outputs, pullback } = options;
    for (const input of inputs)
      if (input.graph !== this)
        throw new GraphError('INVALID_ARGUMENT', `${operator}: an operand belongs to another graph`);
    const key = JSON.stringify([operator, domain, attributes, inputs.map(input => input.id)]);
    const found = this.#nodes.get(key);
    if (found) return found.outputs;

    const made: AnyTensor[] = [];
    const node: Node = { operator, domain, attributes, inputs, outputs: made };
    const derivation: Derivation = { name: operator, inputs, outputs: made, pullback };
    for (const { type, shape } of outputs) made.push(this.#tensor(type, shape, node, derivation));
    this.#nodes.set(key, node);
    if (this.#marks) this.#recomputed.add(node);
    return made;
  }

  /**
   * What `make` makes is cheap: a backward pass makes it again instead of having it kept. Rules may use it as anything else. For
   * elementwise chains and the like; what they are made from is kept.
   */
  recomputed<T>(make: () => T): T {
    const outer = this.#marks;
    this.#marks = true;
    try {
      return make();
    } finally {
      this.#marks = outer;
    }
  }

  isRecomputed(node: Node): boolean {
    return this.#recomputed.has(node);
  }

  /** What is added from now on belongs to a backward pass. Called by `gradients`. */
  beginBackward(): void {
    this.#backwardStart = Math.min(this.#backwardStart, this.#tensors);
  }

  isBackward(node: Node): boolean {
    return node.outputs[0]!.id >= this.#backwardStart;
  }

  /** Another tensor like it, for a copy of the node that makes it. */
  copyOf(tensor: AnyTensor): AnyTensor {
    return { ...tensor, id: this.#tensors++ };
  }

  /**
   * Gives a value a rule of its own: gradients go from it to `inputs` by `pullback`, past whatever computes it.
   * For composites whose derivative is simpler or steadier than the chain rule over their parts.
   */
  withPullback(name: string, value: Tensor, inputs: readonly AnyTensor[], pullback: Pullback): Tensor {
    const outputs: Tensor[] = [];
    const node: Node = { operator: 'Identity', domain: '', attributes: {}, inputs: [value], outputs };
    const tensor = this.#tensor(value.type, value.shape, node, { name, inputs, outputs, pullback });
    outputs.push(tensor);
    if (this.#marks) this.#recomputed.add(node);
    return tensor;
  }

  /** The input that gives a dimension of {@link dimension}. */
  givenDimension(dimension: Dimension): Tensor<'int64'> | undefined {
    return this.#dimensions.get(String(dimension));
  }

  /** Where a dimension's value can be read when the graph runs. */
  findInputWithDimension(
    dimension: Dimension,
  ): { readonly input: AnyTensor; readonly axis: number } | undefined {
    for (const input of this.inputs.values()) {
      const axis = input.shape.findIndex(candidate => isSameDimension(candidate, dimension));
      if (axis >= 0) return { input, axis };
    }
    return undefined;
  }

  #tensor<T extends ElementType>(
    type: T,
    shape: Shape,
    producer: Node | undefined,
    derivation: Derivation | undefined,
  ): Tensor<T> {
    return { graph: this, id: this.#tensors++, type, shape: shape.map(canonical), producer, derivation };
  }
}
