/** Prompts without a right answer: rows of a data set as environments of one turn whose reward is always 0. */
import {
  type EnvGroupBuilder,
  type Message,
  type Renderer,
  type RlDataset,
  type Row,
  type RowRequest,
  type Rows,
  type RowSource,
  type Tokenizer,
} from '@tinsmith/core';
import { dataName } from './run-name.js';

/** The data sets that the reference knows by name. */
const KNOWN: Readonly<Record<string, string>> = {
  deepmath: 'zwhe99/DeepMath-103K',
  tulu3: 'allenai/tulu-3-sft-mixture',
};

export interface PromptSource {
  readonly dataset: string;
  readonly datasetConfig?: string | undefined;
  /** Default `train`. */
  readonly trainSplit?: string | undefined;
}

export const promptRequest = ({
  dataset,
  datasetConfig: config,
  trainSplit: split = 'train',
}: PromptSource): RowRequest => ({
  source: (Object.hasOwn(KNOWN, dataset) && KNOWN[dataset]) || dataset,
  config,
  split,
});

export interface PromptOptions {
  readonly renderer: Renderer;
  readonly tokenizer: Tokenizer;
  readonly groupSize: number;
  readonly groupsPerBatch: number;
  /** Longer prompts are cut on the right; null: none is. */
  readonly maxPromptTokens: number | null;
}

/**
 * In the order of the rows, each once; the last batch can be smaller. Rows without a prompt are passed over.
 * @throws DATA_EMPTY if no row has one
 */
export async function promptDataset(
  rows: RowSource,
  source: PromptSource,
  { groupsPerBatch, ...options }: PromptOptions,
): Promise<RlDataset> {
  const prompts = await openPrompts(rows, source);
  const batches = await prompts.batches({ size: groupsPerBatch, partial: 'keep' }).table();
  const tags = [dataName(source.dataset)];
  return {
    length: batches.length,
    getBatch: async index =>
      (await batches.at(index)).map(prompt => promptGroup(prompt, { ...options, tags })),
  };
}

/** In the order of the rows; those without a prompt are passed over. */
export async function openPrompts(rows: RowSource, source: PromptSource): Promise<Rows<string>> {
  const opened = await rows.open(promptRequest(source));
  return opened.filter(row => promptOf(row) !== undefined).map(row => promptOf(row)!);
}

/** The question of a row, or what the user says first in its conversation. */
export function promptOf({ question, messages }: Row): string | undefined {
  if (typeof question === 'string') return question;
  if (!Array.isArray(messages)) return undefined;
  const first = (messages as readonly Partial<Message>[]).find(({ role }) => role === 'user')?.content;
  return typeof first === 'string' ? first : undefined;
}

function promptGroup(
  prompt: string,
  {
    renderer,
    tokenizer,
    groupSize,
    maxPromptTokens,
    tags,
  }: Omit<PromptOptions, 'groupsPerBatch'> & { readonly tags: readonly string[] },
): EnvGroupBuilder {
  const content = cutPrompt(prompt, tokenizer, maxPromptTokens);
  const env = {
    initialObservation: () => ({
      input: renderer.buildGenerationPrompt([{ role: 'user', content }]),
      stop: renderer.stopSequences,
    }),
    step: () => ({ reward: 0, episodeDone: true }),
  };
  return { tags, makeEnvs: () => Array.from({ length: groupSize }, () => env) };
}

/** Its first tokens as text; null: all of it. */
export function cutPrompt(text: string, tokenizer: Tokenizer, limit: number | null): string {
  if (limit === null) return text;
  const tokens = tokenizer.encode(text);
  return tokens.length > limit ? tokenizer.decode(tokens.slice(0, limit)) : text;
}
