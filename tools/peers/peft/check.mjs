#!/usr/bin/env node
/**
 * Adapters in both directions: ours, trained on every kind of matrix, read by PEFT; one made by PEFT, read by us. Log-probabilities of
 * the same tokens must agree. Usage: PEFT_PYTHON=VENV/bin/python node check.mjs
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelInput } from '@tinsmith/core';
import { LocalEngine } from '@tinsmith/engine-local/engine';

const python = process.env.PEFT_PYTHON;
if (!python) {
  process.stdout.write('not run: PEFT_PYTHON names no interpreter with torch, transformers and peft\n');
  process.exit(0);
}
const baseModel = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'models', 'stories260K');
const checkpoints = mkdtempSync(join(tmpdir(), 'tinsmith-'));
process.on('exit', () => rmSync(checkpoints, { recursive: true, force: true }));

function peft(what, adapter, sequences) {
  const args = [join(import.meta.dirname, 'check.py'), what, baseModel, adapter];
  const { status, stdout, stderr } = spawnSync(python, args, {
    input: JSON.stringify(sequences),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

await using engine = new LocalEngine({ threads: 1, checkpoints });
const random = Array.from({ length: 4 }, (_, row) => [
  1,
  ...Array.from({ length: 40 }, (__, i) => 3 + ((row * 131 + i * i * 37 + i) % 500)),
]);

/** The largest difference; `ours` has null for the first token of each row. */
const furthest = (theirs, ours) =>
  Math.max(...theirs.flatMap((row, i) => row.map((value, t) => Math.abs(value - ours[i][t + 1]))));

async function compare(title, client, adapter) {
  const theirs = JSON.parse(peft('score', adapter, random));
  const ours = await Promise.all(random.map(tokens => client.computeLogprobs(modelInput(tokens))));
  const plain = await engine.createSamplingClient({ baseModel });
  const base = await Promise.all(random.map(tokens => plain.computeLogprobs(modelInput(tokens))));
  const off = furthest(theirs.logprobs, ours);
  const effect = furthest(theirs.logprobs, base);
  const isRight = off < 1e-4 && effect > 0.1;
  process.stdout.write(
    `${title}: ${theirs.factors} factors, largest difference ${off.toExponential(1)} nats; the adapter changes up to ${effect.toFixed(2)} nats: ${isRight ? 'agrees' : 'DIFFERS'}\n`,
  );
  if (!isRight) process.exitCode = 1;
}

const datum = tokens => ({
  modelInput: modelInput(tokens.slice(0, -1)),
  lossFnInputs: {
    target_tokens: { data: tokens.slice(1), dtype: 'int64', shape: [tokens.length - 1] },
    weights: { data: tokens.slice(1).map(() => 1), dtype: 'float32', shape: [tokens.length - 1] },
  },
});
for (const [name, options] of Object.entries({
  'ours in PEFT, attention and MLP': { rank: 4, trainUnembed: false },
  'ours in PEFT, all with the unembedding': { rank: 3 },
})) {
  const training = await engine.createLoraTrainingClient({ baseModel, seed: 1, ...options });
  for (let step = 0; step < 3; step++) {
    await training.forwardBackward([datum(random[0])], 'cross_entropy');
    await training.optimStep({ learningRate: 0.01 });
  }
  const id = `rank-${options.rank}`;
  await training.saveWeightsForSampler(id);
  await compare(name, await training.saveWeightsAndGetSamplingClient(), join(checkpoints, id, 'sampler'));
}
const made = join(checkpoints, 'made-by-peft');
peft('make', made);
await compare("PEFT's in ours", await engine.createSamplingClient({ modelPath: made, baseModel }), made);
