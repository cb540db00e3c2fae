/** What every graph builder of a model returns. */

/** The element types of a model graph's inputs and outputs. */
export type PortType = 'float32' | 'int64';

/** A named input or output. A text dimension is known when the graph runs: `batch`, `time`, `capacity+1`. */
export interface GraphPort {
  readonly name: string;
  readonly type: PortType;
  readonly shape: readonly (number | string)[];
}

/** An ONNX model. Weights and LoRA factors are inputs under their Hugging Face and PEFT names; nothing large is inside. */
export interface ModelGraph {
  readonly onnx: Uint8Array;
  /** Only what the graph uses. */
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}
