/**
 * Reinforcement learning in one file: sample several answers to each question, and make those likelier that were
 * better than the others. To be read, copied and changed.
 *
 * It leaves out what other algorithms add: a ratio clip, a KL penalty, a division by the standard deviation, a
 * value model, evaluation on a test set, several turns.
 */
import {
  type Datum,
  defineRecipe,
  Engines,
  float32,
  inputTokens,
  int64,
  type Message,
  type Metrics,
  modelInput,
  type ModelInput,
  Models,
  Renderers,
  RowSources,
  type SampledSequence,
  textOf,
} from '@tinsmith/core';
import { checkModelAndRenderer, openRenderer } from '@tinsmith/training/options';
import { rlLoopOptions } from './options.js';
import type { Problem } from './problem.js';

const SUFFIX = ' Provide a numerical answer without units, written inside \\boxed{}.';
const SOLVED: readonly Message[] = [
  { role: 'user', content: `How many r's are in strawberry?${SUFFIX}` },
  {
    role: 'assistant',
    content:
      "Let's spell the word out and number all the letters: 1) s 2) t 3) r 4) a 5) w 6) b 7) e 8) r 9) r 10) y. " +
      "We have r's at positions 3, 8, and 9. \\boxed{3}",
  },
];

export const rlLoop = defineRecipe({
  uses: { engine: Engines },
  deps: { models: Models, renderers: Renderers, rows: RowSources },
  options: rlLoopOptions,
  batchOptions: ['dataset', 'datasetConfig', 'datasetSplit', 'batchSize', 'groupSize'],
  check: checkModelAndRenderer,

  async run(run, options, { engine, models, renderers, rows }) {
    // For a run; a check needs none of it.
    const { createGrader } = await import('@tinsmith/grader-math');
    const { mixSeed, openTraining, stepsToRun } = await import('@tinsmith/training');
    const { isRight, readProblem } = await import('./problem.js');

    const { batchSize, groupSize, maxTokens, learningRate, saveEvery, ttlSeconds } = options;
    const tokenizer = await engine.getTokenizer(options.modelName);
    const renderer = await openRenderer(options, { models, renderers }, { tokenizer });
    await using grader = createGrader(); // in a thread of its own: an answer can be made to take for ever

    const source = { source: options.dataset, config: options.datasetConfig ?? undefined };
    const problems = (await rows.open({ ...source, split: options.datasetSplit })).map(readProblem);
    const batches = await problems.batches({ size: batchSize, partial: 'drop' }).table();

    const steps = stepsToRun(run, batches.length, options);
    if (!steps) return; // all are done
    const { start, end } = steps;
    const training = await openTraining(engine, run, options); // new weights, or those of the last checkpoint

    const promptOf = (question: string) =>
      renderer.buildGenerationPrompt([
        ...(options.fewShot ? SOLVED : []),
        { role: 'user', content: options.boxed ? question + SUFFIX : question },
      ]);
    const rewardOf = async (tokens: readonly number[], answer: string) => {
      const text = textOf(renderer.parseResponse(tokens).message);
      return (await isRight(text, answer, { grader, boxed: options.boxed })) ? 1 : 0;
    };

    for (let step = start; step < end; step++) {
      const goOn = await run.step(step, async () => {
        const problemsOfStep = await batches.at(step);
        const policy = await training.saveWeightsAndGetSamplingClient(); // the weights as they are now

        // 1. Several answers to each question of the batch. 2. A reward for each: 1 if it is right, 0 if not.
        const attempt = async ({ question, answer }: Problem, index: number) => {
          const prompt = promptOf(question);
          const { sequences } = await policy.sample({
            prompt,
            numSamples: groupSize,
            samplingParams: {
              maxTokens,
              stop: renderer.stopSequences,
              seed: mixSeed(run.seed, step, index),
            },
            signal: run.signal,
          });
          const rewards = await Promise.all(sequences.map(({ tokens }) => rewardOf(tokens, answer)));
          return { prompt, sequences, rewards };
        };
        const groups = await run.span('sampling', () => Promise.all(problemsOfStep.map(attempt)));

        // 3. How much better each is than the average answer to the same question.
        const examples = groups.flatMap(({ prompt, sequences, rewards }) => {
          const advantages = rewards.map(reward => reward - mean(rewards));
          if (advantages.every(advantage => advantage === 0)) return []; // all alike: nothing to learn
          return sequences.map((sequence, i) => toExample(prompt, sequence, advantages[i]!));
        });
        const metrics = {
          'optim/lr': learningRate,
          'reward/total': mean(groups.map(group => mean(group.rewards))),
        };
        if (examples.length === 0) {
          run.log(`step ${step}: all answers to each question are equally good, nothing is learnt`);
          return metrics;
        }

        // 4. Better answers become likelier. Both calls are submitted before either is awaited: engines keep the order.
        const [pass, update] = await run.span('train', () =>
          Promise.all([
            training.forwardBackward(
              examples.map(({ datum }) => datum),
              'importance_sampling',
            ),
            training.optimStep({ learningRate, beta1: 0.9, beta2: 0.95, eps: 1e-8 }), // the API's own eps is 1e-12
          ]),
        );
        const logprobs = pass.lossFnOutputs.map(outputs => outputs['logprobs']!.data);
        return { ...metrics, ...update.metrics, ...mismatch(examples, logprobs) };
      });

      const batch = step + 1; // the next one to run, which is what a checkpoint says
      const isStopped = !goOn && batch < end;
      if (isStopped || (saveEvery > 0 && batch % saveEvery === 0 && batch < end)) {
        const life = ttlSeconds !== null && { ttlSeconds };
        await run.checkpoints.save(training, {
          name: String(batch).padStart(6, '0'),
          batch,
          kind: 'state',
          ...life,
        });
      }
      if (isStopped) return;
    }
    await run.checkpoints.save(training, { name: 'final', batch: end });
  },
});

interface Example {
  readonly datum: Datum;
  /** Where the answer begins among the targets. */
  readonly start: number;
  readonly answer: SampledSequence;
}

/**
 * Position i of the input predicts token i + 1, so the input lacks the last token and the targets the first. What
 * was not sampled has advantage 0, and with it no part in the loss.
 */
function toExample(prompt: ModelInput, answer: SampledSequence, advantage: number): Example {
  const asked = inputTokens(prompt);
  const start = asked.length - 1;
  const nothing = Array.from({ length: start }, () => 0);
  const datum: Datum = {
    modelInput: modelInput([...asked, ...answer.tokens.slice(0, -1)]),
    lossFnInputs: {
      target_tokens: int64([...nothing, ...answer.tokens]),
      logprobs: float32([...nothing, ...answer.logprobs]),
      advantages: float32([...nothing, ...answer.tokens.map(() => advantage)]),
    },
  };
  return { datum, start, answer };
}

/** How far apart the sampler and the trainer are on the same tokens and weights: about 0, if all is well. */
function mismatch(examples: readonly Example[], trained: readonly ArrayLike<number>[]): Metrics {
  const differences = examples.flatMap(({ start, answer }, index) =>
    answer.logprobs.map((logprob, i) => logprob - trained[index]![start + i]!),
  );
  return {
    'optim/kl_sample_train_v1': mean(differences),
    'optim/kl_sample_train_v2': mean(differences.map(difference => 0.5 * difference ** 2)),
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
