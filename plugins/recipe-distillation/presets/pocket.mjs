/** What the presets for the two small models that ship with Tinsmith share: plugins, the pair, and how it is measured. */
import { fileURLToPath } from 'node:url';

export const data = name => fileURLToPath(new URL(`../data/${name}`, import.meta.url));

export const plugins = [
  '@tinsmith/engine-local',
  '@tinsmith/model-pocket',
  '@tinsmith/renderers-chat',
  '@tinsmith/datasets-hub',
  '@tinsmith/evaluators',
  '@tinsmith/recipe-distillation',
  '@tinsmith/logger-jsonl',
  '@tinsmith/logger-console',
];

/** Exact answers to 128 questions that nobody has trained on, at the temperature of training. */
export const heldOut = name => ({
  use: 'sample-and-grade',
  with: { name, dataset: data(`${name}-held-out.jsonl`), temperature: 1, maxTokens: 8 },
});

export const pair = {
  engine: 'local',
  modelName: 'pocket',
  maxTokens: 8,
  loraRank: 32,
  learningRate: 2e-3,
  evalEvery: 10,
  maxSteps: 21,
  ttlSeconds: null, // nothing on this machine needs to expire
};
