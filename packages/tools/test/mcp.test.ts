/** The adapter with a real server, in a process of its own. */
import { join } from 'node:path';
import type { Tool } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { startMcpServer, toEnvTool } from '../src/index.js';

const command = process.execPath;
const args = [join(import.meta.dirname, 'mcp-server.mjs')];

const run = (tool: Tool, input: Readonly<Record<string, unknown>> = {}, timeoutSeconds = 60) =>
  toEnvTool(tool, { signal: new AbortController().signal, timeoutSeconds }).run(input, {
    function: { name: tool.name, arguments: '' },
  });

test('its tools are ours; what it refuses, and its death, are answers for the model', async () => {
  await using server = await startMcpServer({ command, args });
  const [add, refuse, hang, die] = server.tools as [Tool, Tool, Tool, Tool];
  expect(add).toMatchObject({
    name: 'add',
    description: 'Adds.',
    parameters: { type: 'object', required: ['a', 'b'] },
  });
  expect(await run(add, { a: 1, b: 2 })).toEqual({ content: '3' });
  expect(await run(add, { a: 'one' })).toMatchObject({
    content: expect.stringContaining('error'),
    metrics: { tool_error: 1 },
  });
  expect(await run(refuse)).toEqual({ content: '{"error": "not today"}', metrics: { tool_error: 1 } });
  expect(await run(hang, {}, 0.1)).toMatchObject({ metrics: { tool_timeout: 1 } });
  expect(await run(die)).toMatchObject({ metrics: { tool_error: 1 } });
  expect(await run(add, { a: 1, b: 2 })).toMatchObject({ metrics: { tool_error: 1 } });
});

test('some of its tools, with a prefix; a name that it has not is an error', async () => {
  await using server = await startMcpServer({ command, args }, { only: ['add'], prefix: 'math_' });
  expect(server.tools.map(({ name }) => name)).toEqual(['math_add']);
  expect(await run(server.tools[0]!, { a: 1, b: 2 })).toEqual({ content: '3' });
  await expect(startMcpServer({ command, args }, { only: ['divide'] })).rejects.toMatchObject({
    code: 'TOOL_UNKNOWN',
    found: 'add, refuse, hang, die',
  });
});

test('a command that is no server is an error that names it', async () => {
  const broken = startMcpServer({ command, args: ['-e', 'process.exit(3)'] });
  await expect(broken).rejects.toMatchObject({
    code: 'MCP_SERVER_FAILED',
    at: `${command} -e process.exit(3)`,
  });
});
