/**
 * What the model can do, by asking it: sums that it has never seen, with and without the environment's
 * example in front, and small requests. Samples through an engine; knows nothing about training.
 */
import { type Renderer, type SamplingClient, textOf } from '@tinsmith/core';
import { createRandom } from './random.js';
import { repeatConversation, sayConversation } from './small-talk.js';
import { fewShotTurn, heldOutPairs, question } from './sums.js';
import type { Turn } from './turn.js';

/** As in the arithmetic environment: three digits, the end of the turn and one to spare. */
const SUM_TOKENS = 5;
const REPLY_TOKENS = 24;
const REQUESTS = 200;

/** Shares of 1. */
export interface Accuracy {
  /** The answer is exactly what was asked for and ends the turn. */
  readonly right: number;
  /** The turn ends, and for sums the text is a number. */
  readonly wellFormed: number;
}

export interface Evaluation {
  readonly [name: string]: Accuracy;
}

interface Problem {
  readonly prompt: readonly Turn[];
  readonly answer: string;
}

interface Examination {
  readonly problems: readonly Problem[];
  readonly temperature: 0 | 1;
  readonly samples: number;
  readonly maxTokens: number;
  readonly form: RegExp;
}

export async function evaluate(model: SamplingClient, renderer: Renderer): Promise<Evaluation> {
  const alone = heldOutPairs.map(pair =>
    problem([{ role: 'user', content: question(pair) }], String(pair.x + pair.y)),
  );
  const behindExample = alone.map(({ prompt, answer }) => problem([...fewShotTurn, ...prompt], answer));
  const sums = { maxTokens: SUM_TOKENS, form: /^\d+$/ };
  const requests = { temperature: 0, samples: 1, maxTokens: REPLY_TOKENS, form: /./ } as const;
  const examinations: Readonly<Record<string, Examination>> = {
    'sums, greedy': { problems: alone, temperature: 0, samples: 1, ...sums },
    'sums, sampled': { problems: alone, temperature: 1, samples: 4, ...sums },
    'sums behind the example, greedy': { problems: behindExample, temperature: 0, samples: 1, ...sums },
    'sums behind the example, sampled': { problems: behindExample, temperature: 1, samples: 4, ...sums },
    'say a word, greedy': { problems: requestsFor(sayConversation), ...requests },
    'repeat words, greedy': { problems: requestsFor(repeatConversation), ...requests },
  };
  const results: Record<string, Accuracy> = {};
  for (const [name, examination] of Object.entries(examinations))
    results[name] = await examine(model, renderer, examination);
  return results;
}

async function examine(
  model: SamplingClient,
  renderer: Renderer,
  examination: Examination,
): Promise<Accuracy> {
  const { problems, temperature, samples, maxTokens, form } = examination;
  const responses = await Promise.all(
    problems.map(({ prompt }, index) =>
      model.sample({
        prompt: renderer.buildGenerationPrompt(prompt),
        numSamples: samples,
        samplingParams: { maxTokens, temperature, seed: index * samples, stop: renderer.stopSequences },
      }),
    ),
  );
  const replies = responses.flatMap(({ sequences }, index) =>
    sequences.map(({ tokens }) => {
      const { message, termination } = renderer.parseResponse(tokens);
      return {
        text: textOf(message),
        hasEnded: termination !== 'malformed',
        answer: problems[index]!.answer,
      };
    }),
  );
  const wellFormed = replies.filter(({ text, hasEnded }) => hasEnded && form.test(text));
  const right = wellFormed.filter(({ text, answer }) => text === answer);
  return { right: right.length / replies.length, wellFormed: wellFormed.length / replies.length };
}

const problem = (prompt: readonly Turn[], answer: string): Problem => ({ prompt, answer });

function requestsFor(conversation: typeof sayConversation): Problem[] {
  const random = createRandom(REQUESTS);
  return Array.from({ length: REQUESTS }, () => {
    const chat = conversation(random);
    return problem(chat.slice(0, -1), chat.at(-1)!.content);
  });
}
