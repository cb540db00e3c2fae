import { describe, expect, test } from 'vitest';
import { csr, float32, int64, modelInput, nextTokenDatum } from '../data.js';
import { TinkerError } from '../errors.js';
import { decodeForwardBackward, decodeSample } from './results.js';
import { encodeTrainingRequest } from './training-request.js';

const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'));

/** Golden vectors of the protocol, section 11, made with the official encoders. */
const REQUEST = `
0a09733a747261696e3a3010011a440a100a0e0a0c01000000020000000300000012300a0d7461726765745f746f6b656e73121f0a180200000000000000
030000000000000004000000000000001802220103220d63726f73735f656e74726f70792a0f0a0462657461119a9999999999a93f3001`;
const SAMPLE = `
0a160801120805000000060000001a08000000bf000080be12080000c07f000080bf1a280a10000000000000000007000000000000001210804fc3c7804f
c3c7000000be804fc3c7180220022003`;
const OUTPUT = `
0a0b41727261795265636f7264123a12360a086c6f6770726f6273122a0a0c000080bf000000c0000040c012180000000000000000080000000000000
00c00000000000000180118021a130a086c6f73733a73756d11000000000000f83f`;

describe('training requests', () => {
  const data = [{ modelInput: modelInput([1, 2, 3]), lossFnInputs: { target_tokens: int64([2, 3, 4]) } }];
  const request = { modelId: 's:train:0', seqId: 1, data, lossFn: 'cross_entropy', forwardOnly: true };

  test('are the bytes of the official encoder', () => {
    const bytes = encodeTrainingRequest({ ...request, lossFnConfig: { beta: 0.05 } }, false);
    expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from(fromHex(REQUEST)).toString('hex'));
  });

  test('carry numbers of the config twice and text once in the newer dialect', () => {
    const bytes = Buffer.from(
      encodeTrainingRequest({ ...request, lossFnConfig: { kl_coeff: 1, mode: 'text' } }, true),
    );
    expect(bytes.toString('latin1').split('kl_coeff').length - 1).toBe(2);
    expect(bytes.toString('latin1').split('mode').length - 1).toBe(1);
  });

  test('with a text in the config are refused for a server that cannot carry it', () => {
    expect(() => encodeTrainingRequest({ ...request, lossFnConfig: { mode: 'text' } }, false)).toThrow(
      /0\.25\.0/,
    );
  });

  test('carry integers beyond 2^31, negative ones, and bigints exactly', () => {
    const values = [1099511627776n, -1n, -4294967297n, 9223372036854775807n, -9223372036854775808n];
    const datum = { modelInput: modelInput([1]), lossFnInputs: { x: int64(values) } };
    const bytes = Buffer.from(encodeTrainingRequest({ ...request, data: [datum] }, false));
    const expected = Buffer.from(BigInt64Array.from(values).buffer);
    expect(bytes.includes(expected)).toBe(true);
    const numbers = {
      modelInput: modelInput([1]),
      lossFnInputs: { x: int64([1099511627776, -1, -4294967297]) },
    };
    const same = Buffer.from(encodeTrainingRequest({ ...request, data: [numbers] }, false));
    expect(same.includes(Buffer.from(BigInt64Array.from(values.slice(0, 3)).buffer))).toBe(true);
  });
});

describe('results', () => {
  test('of samples are read as the official decoder reads them', () => {
    expect(decodeSample(fromHex(SAMPLE))).toEqual({
      sequences: [{ tokens: [5, 6], logprobs: [-0.5, -0.25], stopReason: 'length' }],
      promptLogprobs: [null, -1],
      topkPromptLogprobs: [null, [[7, -0.125]]],
      promptCacheHitTokens: 3,
    });
  });

  test('of training are read with one tensor per datum', () => {
    const output = decodeForwardBackward(fromHex(OUTPUT));
    expect(output.lossFnOutputType).toBe('ArrayRecord');
    expect(output.metrics).toEqual({ 'loss:sum': 1.5 });
    expect(output.lossFnOutputs.map(each => each['logprobs'])).toEqual([
      { data: Float32Array.of(-1, -2), dtype: 'float32', shape: [2] },
      { data: Float32Array.of(-3), dtype: 'float32', shape: [1] },
    ]);
  });

  test('do not depend on where in a buffer they lie', () => {
    const padded = Buffer.concat([Buffer.from([9]), fromHex(OUTPUT)]);
    expect(decodeForwardBackward(padded.subarray(1))).toEqual(decodeForwardBackward(fromHex(OUTPUT)));
  });

  test('that are cut off anywhere are an error of their own, or a smaller result, never a crash', () => {
    for (const [hex, decode] of [
      [OUTPUT, decodeForwardBackward],
      [SAMPLE, decodeSample],
    ] as const)
      for (let length = 1; length < fromHex(hex).length; length++)
        try {
          decode(fromHex(hex).subarray(0, length));
        } catch (error) {
          expect(TinkerError.is(error, 'bad_response')).toBe(true);
        }
  });
});

test('a sparse tensor stores what is not zero', () => {
  expect(csr([0, 4, 0, 0, 0, 9], [2, 3], 'int64')).toEqual({
    data: [4, 9],
    dtype: 'int64',
    shape: [2, 3],
    sparseCrowIndices: [0, 1, 2],
    sparseColIndices: [1, 2],
  });
  expect(() => csr([1, 2], [2, 3], 'float32')).toThrow(/2 cells/);
  expect(float32([1]).dtype).toBe('float32');
});

test('a datum of next tokens is shifted by one, and weighs what it is told', () => {
  const { modelInput: input, lossFnInputs } = nextTokenDatum([5, 6, 7], [0, 2]);
  expect(input.chunks).toEqual([{ type: 'encoded_text', tokens: Int32Array.of(5, 6) }]);
  expect(lossFnInputs['target_tokens']).toEqual(int64(Int32Array.of(6, 7)));
  expect(lossFnInputs['weights']).toEqual(float32([0, 2]));
  expect(nextTokenDatum([1, 2]).lossFnInputs['weights']).toEqual(float32(Float32Array.of(1)));
  expect(() => nextTokenDatum([1])).toThrow(/at least two/);
  expect(() => nextTokenDatum([1, 2], [1, 1])).toThrow(/1 targets/);
});
