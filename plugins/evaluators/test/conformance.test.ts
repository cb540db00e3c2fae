/** The evaluators by the suite of all evaluators, on data of a few rows. */
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { evaluatorConformance, temporaryFolder } from '@tinsmith/testkit';
import evaluators from '../src/index.js';
import { chats, gsm8kRows, ifevalRows, jsonLines, math500Rows } from './data.js';

const folder = temporaryFolder();
const answers = { split: null, temperature: 1, maxTokens: 5 };
const { split: _, ...ownAnswers } = answers;
const conversations = jsonLines(folder, 'chats', chats);

for (const [evaluator, options] of Object.entries({
  gsm8k: {
    dataset: jsonLines(folder, 'gsm8k', gsm8kRows),
    datasetConfig: null,
    systemPrompt: null,
    ...answers,
  },
  math500: { dataset: jsonLines(folder, 'math500', math500Rows), systemPrompt: null, ...answers },
  ifeval: { dataset: jsonLines(folder, 'ifeval', ifevalRows), ...answers },
  'sample-and-grade': { dataset: conversations, numSamples: 3, ...ownAnswers },
  nll: { dataset: conversations },
}))
  evaluatorConformance({
    plugins: [datasets(), renderers(), evaluators()],
    evaluator,
    options,
    renderer: 'qwen3_instruct',
  });
