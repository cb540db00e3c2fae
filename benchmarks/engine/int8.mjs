/**
 * What decoding in eight bits changes: the divergence of the next-token distribution from float32's at every position of a real text,
 * on SmolLM2-135M, and, where the peer is set up, llama.cpp's Q8_0 against its F32 on the same tokens.
 *
 *   node --conditions=@tinsmith/source --import ./plugins/engine-local/src/worker/source-hooks.mjs benchmarks/engine/int8.mjs [TEXT]
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decoder } from '../../plugins/engine-local/src/sampling/decoder.ts';
import { prefillSome } from '../../plugins/engine-local/src/sampling/prefill.ts';
import { PromptCache } from '../../plugins/engine-local/src/sampling/prompt-cache.ts';
import { describeModel, readWeights } from '../../plugins/engine-local/src/weights/model-source.ts';
import { loadModelTokenizer } from '../../plugins/engine-local/src/weights/model-tokenizer.ts';
import { GraphSessions } from '../../plugins/engine-local/src/worker/graph-sessions.ts';
import { createGate } from '../../plugins/engine-local/src/worker/native-gate.ts';
import { freezeBase, wrapTensors } from '../../plugins/engine-local/src/worker/policy.ts';
import { repository, smollm2 } from './programs.mjs';

const [rowCount, length, begin] = [8, 64, 8];
const file = process.argv[2] ?? join(repository, 'docs', 'explain', 'engine.md');
const tokenizer = await loadModelTokenizer(smollm2);
const tokens = tokenizer.encode(readFileSync(file, 'utf8')).slice(0, rowCount * length);
const rows = Array.from({ length: rowCount }, (_, row) => tokens.slice(row * length, (row + 1) * length));

const { config } = describeModel(smollm2);
const plain = {
  config,
  lora: undefined,
  tensors: wrapTensors(readWeights(smollm2, config)),
  graphs: new GraphSessions(2, createGate()),
};

async function openDecoder(precision) {
  const policy = freezeBase(plain, precision);
  const decoder = new Decoder(policy);
  const entries = rows.map(text => ({ text, promptLength: begin, mostTokens: length }));
  for (const [index, entry] of entries.entries()) {
    const prompt = Int32Array.from(entry.text.slice(0, begin));
    const { keyValues } = (await prefillSome(policy, [prompt], new PromptCache(0))).get(0);
    decoder.add(entry, String(index), keyValues);
  }
  return { decoder, entries };
}

const best = values => values.indexOf(values.reduce((a, b) => Math.max(a, b)));

function logSoftmax(logits) {
  const most = logits.reduce((a, b) => Math.max(a, b));
  const normaliser = most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
  return Float64Array.from(logits, logit => logit - normaliser);
}

const [exact, rounded] = [await openDecoder('float32'), await openDecoder('int8')];
const found = { positions: 0, kl: 0, sameBest: 0, largestChange: 0, sumOfChanges: 0 };
for (let at = begin; at < length - 1; at++) {
  const logits = await exact.decoder.step(({ text }) => text[at]);
  const others = await rounded.decoder.step(({ text }) => text[at]);
  for (const [row, text] of rows.entries()) {
    const [p, q] = [
      logSoftmax(logits(exact.entries[row]).logits),
      logSoftmax(others(rounded.entries[row]).logits),
    ];
    const change = Math.abs(p[text[at + 1]] - q[text[at + 1]]);
    found.positions++;
    found.kl += p.reduce((sum, logprob, token) => sum + Math.exp(logprob) * (logprob - q[token]), 0);
    found.sameBest += Number(best(p) === best(q));
    found.largestChange = Math.max(found.largestChange, change);
    found.sumOfChanges += change;
  }
}
console.log(
  JSON.stringify({
    program: 'ours, int8',
    positions: found.positions,
    mean_kl: found.kl / found.positions,
    mean_logprob_change: found.sumOfChanges / found.positions,
    largest_logprob_change: found.largestChange,
    same_best: found.sameBest / found.positions,
  }),
);

const llamacpp = process.env.TINSMITH_PEER_LLAMACPP;
if (llamacpp) {
  const model = kind => join(llamacpp, 'models', `SmolLM2-135M-Instruct.${kind}.gguf`);
  const { stdout, stderr } = spawnSync(
    join(llamacpp, 'venv', 'bin', 'python'),
    [join(repository, 'tools', 'peers', 'llamacpp', 'kl.py'), model('F32'), model('Q8_0'), String(begin)],
    {
      input: JSON.stringify(rows),
      encoding: 'utf8',
      env: { ...process.env, LLAMA_CPP_LIB_PATH: join(llamacpp, 'lib') },
    },
  );
  console.log(stdout.trim() || stderr.trim().split('\n').at(-1));
} else console.log('llama.cpp: not run: TINSMITH_PEER_LLAMACPP is not set');
