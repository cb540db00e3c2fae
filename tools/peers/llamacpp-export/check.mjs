#!/usr/bin/env node
/**
 * Whether llama.cpp loads the GGUF files that mergeCheckpoint writes and gives their log-probabilities and token ids.
 * Usage: LLAMA_CPP_PYTHON=... LLAMA_CPP_LIB_PATH=... node check.mjs FILE.gguf...
 */
import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { modelInput } from '@tinsmith/core';
import { LocalEngine } from '@tinsmith/engine-local/engine';

const python = process.env.LLAMA_CPP_PYTHON;
if (!python) {
  process.stdout.write('not run: LLAMA_CPP_PYTHON names no interpreter with llama-cpp-python\n');
  process.exit(0);
}
const texts = [
  'The capital of France is Paris.',
  ' two  spaces,\nnewlines\n\n and\ttabs',
  'def f(x): return x**2 # 12345',
  'Ça coûte 3 €, 日本語 and 🜁.',
  "I'm sure they'll've said it's DON'T",
];

for (const gguf of process.argv.slice(2)) {
  await using engine = new LocalEngine({ threads: 1 });
  const client = await engine.createSamplingClient({ baseModel: gguf });
  const { sequences: sampled } = await client.sample({
    prompt: modelInput([1]),
    numSamples: 4,
    samplingParams: { maxTokens: 63, seed: 1, stop: [] },
  });
  const sequences = sampled.map(({ tokens }) => [1, ...tokens]);
  const tokenizer = await engine.getTokenizer(gguf).catch(() => undefined);
  const input = JSON.stringify({ gguf, sequences, texts: tokenizer ? texts : [] });
  const { status, stdout, stderr } = spawnSync(python, [join(import.meta.dirname, 'score.py')], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) {
    process.stdout.write(`${basename(gguf)}: ${stderr.trim()}\n`);
    process.exitCode = 1;
    continue;
  }
  const theirs = JSON.parse(stdout);
  const differences = [];
  for (const [i, tokens] of sequences.entries()) {
    const ours = await client.computeLogprobs(modelInput(tokens));
    differences.push(...theirs.logprobs[i].map((logprob, t) => Math.abs(logprob - ours[t + 1])));
  }
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const same = texts.filter((text, i) => tokenizer?.encode(text).join() === theirs.tokens[i]?.join()).length;
  process.stdout.write(
    `${basename(gguf)}: ${differences.length} tokens, mean difference ${mean.toExponential(1)}, largest ${Math.max(...differences).toExponential(1)} nats; ` +
      `${tokenizer ? `${same} of ${texts.length} texts have the same ids` : 'no tokenizer'}\n`,
  );
}
