/**
 * A transformer with random weights and a tokenizer of single characters, as a folder that the engine takes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalEngine } from '@tinsmith/engine-local/engine';

const CONTROL = ['<|im_start|>', '<|im_end|>'];
const CHARACTERS = ' \n0123456789+?.WhatisueranyJKLMNopq';
const VOCABULARY = [...CONTROL, ...new Set(CHARACTERS)];

/** About 15 000 parameters, one layer. With so few pieces even a random model ends its turn now and then. */
const config = {
  model_type: 'llama',
  vocab_size: VOCABULARY.length,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  max_position_embeddings: 256,
  rms_norm_eps: 1e-6,
  rope_theta: 10_000,
  tie_word_embeddings: true,
  hidden_act: 'silu',
};

const tokenizer = {
  version: '1.0',
  added_tokens: CONTROL.map((content, id) => ({
    id,
    content,
    special: true,
    normalized: false,
    single_word: false,
    lstrip: false,
    rstrip: false,
  })),
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: { type: 'Fuse' },
  model: {
    type: 'BPE',
    unk_token: ' ',
    fuse_unk: false,
    byte_fallback: false,
    vocab: Object.fromEntries(VOCABULARY.map((piece, id) => [piece, id])),
    merges: [],
  },
};

/** Writes it below the folder and returns where. */
export async function makeTinyModel(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const tokenizerFile = join(folder, 'tokenizer.json');
  writeFileSync(tokenizerFile, JSON.stringify(tokenizer));
  const engine = new LocalEngine({ threads: 1 });
  try {
    const training = await engine.createFullTrainingClient({ model: { config, seed: 0 } });
    const model = join(folder, 'model');
    await training.saveModel(model, { tokenizerFiles: [tokenizerFile] });
    return model;
  } finally {
    await engine.close();
  }
}
