/** The files of an engine case: inputs in the protocol's JSON form, expected tensors. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Datum, TensorData } from '@tinsmith/core';
import { readSafetensors, type Tensor } from '@tinsmith/engine-local/engine';

export interface CaseFile {
  readonly format: string;
  readonly name: string;
  /** Sub-folders; `adapter` is null if the base alone is meant. */
  readonly model: string;
  readonly adapter: string | null;
  readonly trainable: 'lora' | 'full' | 'none';
  readonly tolerance: Readonly<Record<string, number>>;
  readonly datasets: Readonly<Record<string, readonly DatumJson[]>>;
  readonly checks: readonly CheckJson[];
}

export interface CallJson {
  readonly loss_fn: string;
  readonly loss_fn_config?: Readonly<Record<string, number>>;
  readonly data: string;
  readonly forward_only?: boolean;
}

/** One check; which fields there are depends on `kind`. */
export interface CheckJson {
  readonly id: string;
  readonly kind: string;
  readonly use_adapter?: boolean;
  readonly sequences: readonly (readonly number[])[];
  readonly positions: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
  readonly calls: readonly CallJson[];
  readonly steps: readonly {
    readonly calls: readonly CallJson[];
    readonly adam: Readonly<Record<string, number>>;
  }[];
  readonly eval: CallJson;
  readonly data: string;
  readonly mask: readonly (readonly number[])[];
  readonly beta: number;
  readonly reference_margin: readonly number[];
  readonly prompts: readonly (readonly number[])[];
  readonly max_tokens: number;
  readonly k: number;
  readonly prompt: readonly number[];
  readonly params: readonly {
    readonly temperature?: number;
    readonly top_k?: number;
    readonly top_p?: number;
  }[];
}

interface DatumJson {
  readonly model_input: { readonly chunks: Datum['modelInput']['chunks'] };
  readonly loss_fn_inputs: Readonly<Record<string, TensorJson>>;
}

interface TensorJson {
  readonly data: readonly number[];
  readonly dtype: TensorData['dtype'];
  readonly shape?: readonly number[];
  readonly sparse_crow_indices?: readonly number[];
  readonly sparse_col_indices?: readonly number[];
}

/** Every sub-folder that holds a case. */
export function listCases(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  const cases = names.filter(name => existsSync(join(folder, name, 'case.json')));
  if (cases.length === 0) throw new Error(`there is no case in ${folder}`);
  return cases.map(name => join(folder, name));
}

export function readCase(folder: string): CaseFile {
  const file = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as CaseFile;
  if (file.format !== 'tinsmith-golden-engine/1') throw new Error(`${folder}: unknown format ${file.format}`);
  return file;
}

export function readDatum({ model_input: modelInput, loss_fn_inputs: inputs }: DatumJson): Datum {
  const lossFnInputs = Object.entries(inputs).map(([name, tensor]): [string, TensorData] => {
    const { sparse_crow_indices: rows, sparse_col_indices: columns, ...dense } = tensor;
    return [name, rows && columns ? { ...dense, sparseCrowIndices: rows, sparseColIndices: columns } : dense];
  });
  return { modelInput, lossFnInputs: Object.fromEntries(lossFnInputs) };
}

/** The expected tensors, by `<check>/<quantity>`. */
export class Expected {
  readonly #tensors: ReadonlyMap<string, Tensor>;

  constructor(folder: string) {
    this.#tensors = readSafetensors(join(folder, 'expected.safetensors'));
  }

  get(check: string, quantity: string): Tensor {
    const tensor = this.#tensors.get(`${check}/${quantity}`);
    if (!tensor) throw new Error(`expected.safetensors has no tensor "${check}/${quantity}"`);
    return tensor;
  }

  values(check: string, quantity: string): Tensor['data'] {
    return this.get(check, quantity).data;
  }

  /** All tensors under a prefix, by the rest of their name. */
  group(check: string, prefix: string): Map<string, Tensor['data']> {
    const start = `${check}/${prefix}/`;
    const named = [...this.#tensors].filter(([name]) => name.startsWith(start));
    return new Map(named.map(([name, { data }]) => [name.slice(start.length), data]));
  }
}
