// Drives the remote engine and two recipes against the server of TINKER_BASE_URL; run.sh starts one. Prints what was seen and
// fails if something is not as it must be.
//
//   node drive.mjs DIR CHATS.jsonl [--steps 50]
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { float32, int64, modelInput } from '@tinsmith/core';
import { TinkerEngine } from '@tinsmith/engine-tinker/engine';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: 'string', default: '50' } },
});
const [dir, chats] = positionals;
const steps = Number(values.steps);
const baseModel = 'tiny/qwen3';
const say = line => console.log(line);
const logprobsOf = async (client, datum) => {
  const { lossFnOutputs } = await client.forward([datum], 'cross_entropy');
  return Array.from(lossFnOutputs[0].logprobs.data);
};
const sum = numbers => numbers.reduce((a, b) => a + b, 0);
const distance = (a, b) => Math.max(...a.map((x, i) => Math.abs(x - b[i])));

/** What a first program does: train, sample, save, go on. */
async function quickstart() {
  await using engine = new TinkerEngine({ deadlineSeconds: 300 });
  const tokenizer = await engine.getTokenizer(baseModel);
  const tokens = tokenizer.encode('What is 2 + 3? 5');
  const datum = {
    modelInput: modelInput(tokens.slice(0, -1)),
    lossFnInputs: {
      target_tokens: int64(tokens.slice(1)),
      weights: float32(tokens.slice(1).map(() => 1)),
    },
  };
  const training = await engine.createLoraTrainingClient({ baseModel, rank: 8, seed: 1 });
  const info = await training.getInfo();
  assert.equal(info.loraRank, 8);

  const before = await logprobsOf(training, datum);
  for (let step = 0; step < 5; step++)
    await Promise.all([
      training.forwardBackward([datum], 'cross_entropy'),
      training.optimStep({ learningRate: 0.01 }),
    ]);
  const after = await logprobsOf(training, datum);
  assert.ok(sum(after) > sum(before));
  say(
    `cross_entropy: five steps took the loss from ${(-sum(before)).toFixed(3)} to ${(-sum(after)).toFixed(3)}`,
  );

  const state = await training.saveState('quickstart');
  const saved = await training.saveWeightsForSampler('quickstart');
  const policy = await training.saveWeightsAndGetSamplingClient();
  const scored = (await policy.computeLogprobs(modelInput(tokens))).slice(1);
  say(`sampler and trainer differ by ${distance(scored, after).toExponential(1)} nats at most`);
  assert.ok(distance(scored, after) < 1e-3);
  const request = {
    prompt: modelInput(tokens.slice(0, 4)),
    numSamples: 4,
    samplingParams: { maxTokens: 8, seed: 7 },
  };
  const { sequences } = await policy.sample(request);
  const again = await policy.sample(request);
  assert.deepEqual(again.sequences, sequences);
  say(
    `sampling: ${sequences.length} answers of ${sequences.map(s => s.tokens.length).join(', ')} tokens, the same for the same seed`,
  );

  const advantages = float32(after.map(() => 1));
  const policyDatum = {
    modelInput: datum.modelInput,
    lossFnInputs: { target_tokens: datum.lossFnInputs.target_tokens, logprobs: float32(after), advantages },
  };
  for (const loss of ['importance_sampling', 'ppo']) {
    await Promise.all([
      training.forwardBackward([policyDatum], loss),
      training.optimStep({ learningRate: 0.001 }),
    ]);
    const now = await logprobsOf(training, datum);
    assert.ok(sum(now) > sum(after), `${loss} must make likelier what has a positive advantage`);
    say(
      `${loss}: what has a positive advantage became likelier, ${sum(after).toFixed(3)} to ${sum(now).toFixed(3)}`,
    );
  }

  const custom = await training.forwardBackwardCustom([datum], (_, logprobs) => ({
    loss: -sum(Array.from(logprobs[0])),
    gradients: [Array.from(logprobs[0], () => -1)],
  }));
  await training.optimStep({ learningRate: 0.001 });
  say(`a loss of the caller: ${custom.metrics['loss:sum'].toFixed(3)}`);

  const resumed = await engine.createTrainingClientFromStateWithOptimizer(state.path);
  assert.ok(distance(await logprobsOf(resumed, datum), after) < 1e-5);
  const reopened = await engine.createSamplingClient({ modelPath: saved.path });
  const reopenedScores = (await reopened.computeLogprobs(modelInput(tokens))).slice(1);
  assert.ok(distance(reopenedScores, after) < 1e-3);
  say('saved and loaded: the state trains on, the sampler scores as before');

  const listed = [];
  for await (const checkpoint of engine.checkpoints.list()) listed.push(checkpoint);
  assert.ok(listed.some(({ path }) => path === saved.path) && listed.some(({ path }) => path === state.path));
  const folder = join(dir, 'downloaded');
  rmSync(folder, { recursive: true, force: true });
  await engine.checkpoints.download(saved.path, folder);
  say(
    `checkpoints: ${listed.length} listed, downloaded ${readdirSync(folder, { recursive: true }).join(' ')}`,
  );
  await engine.checkpoints.delete(state.path);
  await engine.checkpoints.delete(state.path);
  await assert.rejects(engine.checkpoints.info(state.path), { code: 'CHECKPOINT_NOT_FOUND' });
}

/** The recipes as they are, in processes of their own. */
function recipe(name, dataset, key) {
  const log = join(dir, 'runs', name);
  rmSync(log, { recursive: true, force: true });
  mkdirSync(join(dir, 'runs'), { recursive: true });
  const here = fileURLToPath(new URL('.', import.meta.url));
  const command = join(here, '../../../packages/runner/bin/tinsmith.js');
  const started = performance.now();
  const flags = ['--config', join(here, `${name}.yaml`), '--log-path', log];
  const options = [`recipe.with.dataset=${dataset}`, `recipe.with.maxSteps=${steps}`].flatMap(o => [
    '--set',
    o,
  ]);
  const { status } = spawnSync(process.execPath, [command, 'run', ...flags, ...options], {
    stdio: 'inherit',
  });
  assert.equal(status, 0);
  const rows = readFileSync(join(log, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  assert.equal(rows.length, steps);
  const mean = some => some.reduce((a, row) => a + row[key], 0) / some.length;
  const share = Math.ceil(steps / 10);
  const seconds = (performance.now() - started) / 1000;
  say(
    `${name}: ${steps} steps in ${seconds.toFixed(0)} s, ${key} ${mean(rows.slice(0, share)).toFixed(3)} to ${mean(rows.slice(-share)).toFixed(3)}`,
  );
}

await quickstart();
const fives = join(dir, 'fives.jsonl');
writeFileSync(fives, `${JSON.stringify({ question: 'say a 5', answer: '#### 5' })}\n`.repeat(4 * steps));
recipe('rl_loop', fives, 'reward/total');
recipe('sl_loop', chats, 'train_mean_nll');
