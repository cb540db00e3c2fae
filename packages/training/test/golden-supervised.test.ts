/** Supervised data and its metrics against the reference's. */
import { type Datum, float32, int64, modelInput, type TensorData } from '@tinsmith/core';
import { expect } from 'vitest';
import { itemsOf, measureNll, supervisedDatum, targetsOf } from '../src/index.js';
import { byteTokenizer } from '../../testkit/src/byte-tokenizer.js';
import { type GoldenItem, isClose, sequenceOf, testGoldenRows } from './golden.js';

type Failure = { readonly error: string };

interface DatumInput {
  readonly tokens?: readonly GoldenItem[];
  readonly chunks?: readonly (readonly number[] | GoldenItem)[];
  readonly weights: readonly number[];
  readonly max_length: number | null;
  readonly reduction: 'none' | 'mean';
}
interface GoldenDatum {
  readonly model_input: GoldenItem[];
  readonly weights: TensorData;
  readonly target_tokens: TensorData;
}

const tokensOf = ({ tokens, chunks = [] }: Pick<DatumInput, 'tokens' | 'chunks'>) =>
  sequenceOf(tokens ?? chunks.flat<readonly (readonly number[] | GoldenItem)[]>());

testGoldenRows<DatumInput, GoldenDatum | Failure>('supervised', 'datum', ({ input, expected }) => {
  const { weights, max_length: maxLength, reduction } = input;
  const example = { tokens: tokensOf(input), weights };
  const convert = () => supervisedDatum(example, { maxLength: maxLength ?? undefined, reduction });
  if ('error' in expected)
    return expect(convert).toThrow(expect.objectContaining({ code: 'TRAINING_EXAMPLE_TOO_SHORT' }));
  const { modelInput: given, lossFnInputs } = convert();
  expect(itemsOf(given)).toEqual(sequenceOf(expected.model_input));
  expect(lossFnInputs['target_tokens']).toEqual(expected.target_tokens);
  expect(lossFnInputs['weights']!.dtype).toBe(expected.weights.dtype);
  expectClose(lossFnInputs['weights']!.data, expected.weights.data);
});

testGoldenRows<{ tokens: GoldenItem[] }, { model_input: GoldenItem[]; target_tokens: number[] }>(
  'supervised',
  'right_shift',
  ({ input, expected }) => {
    const tokens = sequenceOf(input.tokens);
    const weights = tokens.flatMap(targetsOf).map(() => 1);
    const { modelInput: given, lossFnInputs } = supervisedDatum({ tokens, weights });
    expect(itemsOf(given)).toEqual(sequenceOf(expected.model_input));
    expect(lossFnInputs['target_tokens']!.data).toEqual(expected.target_tokens);
  },
);

interface NllInput {
  readonly tokenizer: { readonly special: readonly string[] };
  readonly data: readonly {
    readonly target_tokens: number[];
    readonly weights: number[];
    readonly logprobs: number[];
  }[];
}
type NllExpected = Readonly<Record<'mean_nll' | 'bpb' | 'num_loss_tokens', number | string>>;

testGoldenRows<NllInput, NllExpected>('supervised', 'nll_bpb', ({ input, expected }) => {
  const data = input.data.map(({ target_tokens, weights }): Datum => ({
    modelInput: modelInput(target_tokens),
    lossFnInputs: { target_tokens: int64(target_tokens), weights: float32(weights) },
  }));
  const logprobs = input.data.map(datum => datum.logprobs);
  const { meanNll, bitsPerByte, numLossTokens } = measureNll(
    data,
    logprobs,
    byteTokenizer(input.tokenizer.special),
  );
  expectClose(
    [meanNll, bitsPerByte, numLossTokens],
    [expected.mean_nll, expected.bpb, expected.num_loss_tokens],
  );
});

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number | string>) {
  const far = Array.from(actual).filter((value, index) => !isClose(value, expected[index]!));
  expect(far).toEqual([]);
  expect(actual.length).toBe(expected.length);
}
