import { expect, test } from 'vitest';
import { inputLength, inputTokens, type ModelInput, modelInput } from './data.js';

const image = { type: 'image_asset_pointer', location: 'img://a', format: 'png' } as const;
const withImage = (expectedTokens?: number): ModelInput => ({
  chunks: [
    ...modelInput([1, 2]).chunks,
    expectedTokens === undefined ? image : { ...image, expectedTokens },
    ...modelInput([3]).chunks,
  ],
});

test('an image counts the tokens that it takes', () => {
  expect(inputLength(withImage(4))).toBe(7);
});

test('an image that does not say how many tokens it takes has no length', () => {
  expect(() => inputLength(withImage())).toThrow(expect.objectContaining({ code: 'MEDIA_LENGTH_UNKNOWN' }));
});

test('an input with an image is not taken for one of tokens alone', () => {
  expect(inputTokens(modelInput([1, 2]))).toEqual([1, 2]);
  expect(() => inputTokens(withImage(4))).toThrow(expect.objectContaining({ code: 'INPUT_HAS_MEDIA' }));
});
