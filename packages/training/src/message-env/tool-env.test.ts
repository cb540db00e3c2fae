import type { Message, ToolCall } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { toolEnv } from './tool-env.js';

const call = (id: string, name: string): ToolCall => ({
  type: 'function',
  id,
  function: { name, arguments: '{}' },
});
const answer = (...calls: readonly ToolCall[]): Message => ({
  role: 'assistant',
  content: '',
  tool_calls: calls,
});

test.each([false, true])(
  'what the calls of one turn count is added up, in parallel: %s',
  async runsInParallel => {
    const env = toolEnv({
      initialMessages: [{ role: 'user', content: 'find both' }],
      tools: [
        { name: 'search', run: () => ({ content: 'found', metrics: { queries: 2, documents: 3 } }) },
        { name: 'broken', run: () => ({ content: 'no', metrics: { queries: 1, failed: 1 } }) },
        { name: 'silent', run: () => ({ content: '' }) },
      ],
      grade: () => ({ reward: 1 }),
      runsInParallel,
    });
    const step = await env.step(
      answer(call('1', 'search'), call('2', 'broken'), call('3', 'silent'), call('4', 'search')),
    );
    expect(step).toMatchObject({
      episodeDone: false,
      metrics: { queries: 5, documents: 6, failed: 1 },
    });
    expect((await env.step(answer(call('5', 'search')))).metrics).toEqual({ queries: 2, documents: 3 });
  },
);
