/** What the presets for SmolLM2-135M-Instruct share. Student and teacher are the same model until you name another one. */
import { fileURLToPath } from 'node:url';

export const model = 'models/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf';
export const data = name => fileURLToPath(new URL(`../data/${name}`, import.meta.url));

export const plugins = [
  '@tinsmith/engine-local',
  '@tinsmith/renderers-chat',
  '@tinsmith/datasets-hub',
  '@tinsmith/recipe-distillation',
  '@tinsmith/logger-jsonl',
  '@tinsmith/logger-console',
];

export const student = {
  engine: 'local',
  modelName: model,
  rendererName: 'chatml',
  maxTokens: 48,
  loraRank: 32,
  learningRate: 1e-4,
  maxSteps: 10,
  ttlSeconds: null,
};
