/** A pair for tests on the toy engine: a student that knows nothing and a teacher that has learnt something, on an engine of its own. */
import { join } from 'node:path';
import {
  type ConfiguredPlugin,
  definePlugin,
  type Engine,
  Engines,
  float32,
  int64,
  Models,
  modelInput,
} from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { TOY_VOCABULARY, ToyEngine, toyEngine, toyTokenizer } from '@tinsmith/testkit';
import jsonl, { parseRow } from '@tinsmith/logger-jsonl';
import { existsSync, readFileSync } from 'node:fs';
import { runConfig } from 'tinsmith';
import distillation from '../src/index.js';

export const silent = { out: () => {}, error: () => {} };

/** Whatever came before, the teacher likes to say one letter, and another one after that: `ab`, and the toy sees one token back. */
export async function teach(folder: string, letters: string, steps = 6): Promise<string> {
  const training = await new ToyEngine(join(folder, 'school')).createLoraTrainingClient();
  const [first, second] = toyTokenizer.encode(letters) as [number, number];
  const tokens = Array.from({ length: TOY_VOCABULARY }, (_, token) => token);
  const data = {
    modelInput: modelInput(tokens),
    lossFnInputs: {
      target_tokens: int64(tokens.map(token => (token === first ? second : first))),
      weights: float32(tokens.map(() => 1)),
    },
  };
  for (let step = 0; step < steps; step++) {
    await training.forwardBackward([data], 'cross_entropy');
    await training.optimStep({ learningRate: 0.5 });
  }
  return (await training.saveWeightsForSampler(`teacher-${letters}`)).path;
}

/** Student on `toy`, teachers on `school`. */
export const pluginsIn = (folder: string, engine: Engine = new ToyEngine(join(folder, 'school'))) => {
  const school = definePlugin({
    name: 'school',
    version: '1.0.0',
    setup({ provide }) {
      provide(Models, 'toy', { create: () => ({ renderers: ['qwen3_instruct'] }) });
      provide(Engines, 'school', { create: () => engine });
    },
  });
  return [toyEngine(), school(), renderers(), datasets(), distillation()];
};

/** Runs a recipe in `folder/name`; the rows of all its attempts, and its log. */
export async function study(
  folder: string,
  name: string,
  recipe: { readonly use: string; readonly with: Readonly<Record<string, unknown>> },
  plugins: readonly ConfiguredPlugin[] = pluginsIn(folder),
) {
  const logPath = join(folder, name);
  const { outcome, error } = await runConfig(
    { logPath, ifExists: 'resume', seed: 0, plugins: [...plugins, jsonl()], recipe },
    { output: silent },
  );
  const read = (file: string) =>
    existsSync(join(logPath, file)) ? readFileSync(join(logPath, file), 'utf8') : '';
  const lines = read('metrics.jsonl').split('\n').filter(Boolean);
  return { outcome, error, rows: lines.map(parseRow), log: read('logs.log'), logPath };
}
