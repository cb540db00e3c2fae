/**
 * A reward model that is a language model: it reads a comparison as a conversation and answers with one word, A, B or Tie. What it
 * is trained on, and how it is asked (cookbook-recipes, section 9).
 */
import {
  type Comparison,
  type Judge,
  type Judgement,
  type Renderer,
  type SamplingClient,
  type SupervisedExample,
  TinsmithError,
  type Tokenizer,
} from '@tinsmith/core';
import { PythonRandom } from '../random/index.js';
import {
  comparisonMessages,
  type LabelledComparison,
  labelledMessages,
  type PreferenceLabel,
} from './comparison.js';

/**
 * The conversation up to the first token of the label, which alone is trained: what follows is only how the chat format ends a turn.
 * An example without a weight of 1 is left whole, as in the reference.
 */
export function rewardModelExample(
  labelled: LabelledComparison,
  renderer: Pick<Renderer, 'buildSupervisedExample'>,
): SupervisedExample {
  const { tokens, weights } = renderer.buildSupervisedExample(
    labelledMessages(labelled),
    'last_assistant_message',
  );
  const first = weights.indexOf(1);
  return first === -1
    ? { tokens, weights }
    : { tokens: tokens.slice(0, first + 1), weights: weights.slice(0, first + 1) };
}

/**
 * For each of so many rows, whether its answers are swapped, so that a reward model cannot learn that the first one is better: the
 * draws of Python's generator. A row's draw depends on its number alone; in the reference it depends on how many rows were read before.
 */
export function swapSequence(rows: number, seed: number): boolean[] {
  const random = new PythonRandom(seed);
  return Array.from({ length: rows }, () => random.random() < 0.5);
}

/** What a reward model means by what it says: exactly A, B or Tie; spaces around it do not count. */
export function readPreference(said: string): Judgement {
  const label = said.trim();
  if (label === 'A') return { score: -1 };
  if (label === 'B') return { score: 1 };
  if (label === 'Tie') return { score: 0 };
  return { score: 0, problem: `said ${JSON.stringify(said)}, and not A, B or Tie` };
}

export interface ModelJudgeOptions {
  readonly policy: SamplingClient;
  readonly renderer: Renderer;
  readonly tokenizer: Tokenizer;
}

/** Asks for the likeliest token after the comparison. */
export function modelJudge({ policy, renderer, tokenizer }: ModelJudgeOptions): Judge {
  return {
    async compare(comparison: Comparison, { signal } = {}): Promise<Judgement> {
      const { sequences } = await policy.sample({
        prompt: renderer.buildGenerationPrompt(comparisonMessages(comparison)),
        numSamples: 1,
        samplingParams: { temperature: 0, maxTokens: 1, stop: [] },
        ...(signal && { signal }),
      });
      return readPreference(tokenizer.decode(sequences[0]!.tokens));
    },
  };
}

/**
 * A chat format that begins the assistant's turn with anything else than what it says, e.g. with a frame for thoughts, would train a
 * reward model on that frame, and a judge could never say A. Looked at before a reward model is trained or asked.
 * @throws REWARD_MODEL_RENDERER
 */
export function checkLabelTokens(renderer: Renderer, tokenizer: Tokenizer): void {
  const comparison: Comparison = {
    prompt: [{ role: 'user', content: 'Which?' }],
    completionA: [{ role: 'assistant', content: 'This.' }],
    completionB: [{ role: 'assistant', content: 'That.' }],
  };
  const trained = (label: PreferenceLabel) =>
    rewardModelExample({ comparison, label }, renderer).tokens.at(-1)!;
  const [a, b, tie] = [trained('A'), trained('B'), trained('Tie')];
  const isRead = (token: number, score: number) => {
    const judgement = readPreference(tokenizer.decode([token]));
    return judgement.problem === undefined && judgement.score === score;
  };
  if (isRead(a, -1) && isRead(b, 1) && tie !== a && tie !== b) return;
  throw new TinsmithError({
    code: 'REWARD_MODEL_RENDERER',
    message: `a reward model cannot answer in the chat format ${renderer.name}: its turn does not begin with the label`,
    found: `the first token for the labels A, B and Tie: ${[a, b, tie].map(token => JSON.stringify(tokenizer.decode([token]))).join(', ')}`,
    fix: 'a plain chat format for the reward model, e.g. role_colon',
  });
}
