import {
  defineTool,
  inputTokens,
  type Message,
  Renderers,
  type SampledSequence,
  type StepResult,
} from '@tinsmith/core';
import renderers from '@tinsmith/renderers-chat';
import { byteTokenizer, createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { agentGroup, type AgentLimits } from './agent-group.js';

await using kit = await createTestKit({ plugins: [renderers()] });
const tokenizer = byteTokenizer();
const renderer = (await kit.get(Renderers, 'qwen3_instruct')).create(tokenizer);
const [end] = renderer.stopSequences as readonly number[];

const says = (text: string): SampledSequence => {
  const tokens = [...tokenizer.encode(text), end!];
  return { tokens, logprobs: tokens.map(() => -1), stopReason: 'stop' };
};
const calls = (name: string, given: object) =>
  `<tool_call>\n${JSON.stringify({ name, arguments: given })}\n</tool_call>`;

const add = defineTool({
  name: 'add',
  description: 'Adds.',
  arguments: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => ({ content: String(a + b), metrics: { sums: 1 } }),
});
const fail = defineTool({
  name: 'fail',
  description: 'Fails.',
  arguments: z.object({}),
  execute: () => Promise.reject(new Error('always')),
});

/** One episode of a group that says the texts in turn, and what was graded. */
async function episode(texts: readonly string[], limits: AgentLimits = {}) {
  const graded: (readonly Message[])[] = [];
  const task = {
    tools: [add, fail],
    systemPrompt: 'Be right.',
    messages: [{ role: 'user', content: '1+2?' }],
    grade: (messages: readonly Message[]) => {
      graded.push(messages);
      return { reward: messages.at(-1)?.content === '3' ? 1 : 0, metrics: { graded: 1 } };
    },
  };
  const builder = agentGroup(task, { renderer, groupSize: 2, tags: ['sums'], ...limits });
  const [env, other] = await builder.makeEnvs();
  expect(other).toBeDefined();
  const prompt = tokenizer.decode(inputTokens((await env!.initialObservation()).input));
  const steps: StepResult[] = [];
  for (const text of texts) {
    steps.push(await env!.step(says(text)));
    if (steps.at(-1)!.episodeDone) break;
  }
  await builder.cleanup!();
  return { steps, prompt, graded };
}

test('the model sees the tools, the system prompt and the task', async () => {
  const { prompt } = await episode([]);
  expect(prompt).toContain('"name": "add"');
  expect(prompt).toContain('Be right.');
  expect(prompt).toContain('1+2?');
});

test('calls are answered until the model answers itself, which is graded once', async () => {
  const { steps, graded } = await episode([calls('add', { a: 1, b: 2 }), '3']);
  expect(steps).toMatchObject([
    { reward: 0, episodeDone: false, metrics: { sums: 1 } },
    { reward: 1, episodeDone: true, stopReason: 'completed', metrics: { graded: 1 } },
  ]);
  expect(graded).toHaveLength(1);
  expect(graded[0]!.map(({ role }) => role).slice(-4)).toEqual(['user', 'assistant', 'tool', 'assistant']);
});

test('wrong arguments, an unknown tool and a tool that fails are answers for the model', async () => {
  const { steps, graded } = await episode([
    calls('add', { a: 'one' }),
    calls('subtract', {}),
    calls('fail', {}),
    'no',
  ]);
  expect(steps.map(({ metrics }) => metrics)).toMatchObject([
    { tool_invalid_arguments: 1 },
    {},
    { tool_error: 1 },
    { graded: 1 },
  ]);
  const answers = graded[0]!.filter(({ role }) => role === 'tool').map(({ content }) => content);
  expect(answers).toEqual([
    expect.stringContaining('Invalid arguments: a: '),
    '{"error": "Tool \'subtract\' not found"}',
    '{"error": "always"}',
  ]);
});

test.each([
  ['max_turns', { maxTurns: 1 }, [calls('add', { a: 1, b: 1 })]],
  ['max_tool_calls', { maxToolCalls: 1 }, [calls('add', { a: 1, b: 1 }) + calls('add', { a: 1, b: 2 })]],
  ['parse_error', {}, ['<tool_call>\n{\n</tool_call>']],
  ['context_overflow', { maxTrajectoryTokens: 2000 }, [calls('add', { a: 1, b: 1 })]],
] as const)('an episode can end by %s', async (stopReason, limits, texts) => {
  const overflow = stopReason === 'context_overflow' ? { maxGenerationTokens: 1999 - (await room()) } : {};
  const { steps } = await episode(texts, { ...limits, ...overflow });
  expect(steps.at(-1)).toMatchObject({ episodeDone: true, stopReason });
});

/** Of the prompt, in tokens. */
const room = async () => tokenizer.encode((await episode([])).prompt).length;

test('two tools of one name are refused', () => {
  const task = { tools: [add, add], messages: [], grade: () => ({ reward: 0 }) };
  expect(() => agentGroup(task, { renderer, groupSize: 2, tags: [] })).toThrow(
    expect.objectContaining({ code: 'TOOL_DUPLICATE', found: 'add' }),
  );
});
