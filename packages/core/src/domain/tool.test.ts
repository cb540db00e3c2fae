import { z } from 'zod';
import { expect, test } from 'vitest';
import { defineTool } from './tool.js';

const execute = () => 'ok';

test('the schema that the model sees follows from that of the arguments', () => {
  const tool = defineTool({
    name: 'search',
    description: 'Searches.',
    arguments: z.object({ query: z.string().describe('What for.'), limit: z.int().optional() }),
    execute: ({ query, limit }) => `${query.toUpperCase()} ${limit ?? 1}`,
  });
  expect(tool.parameters).toMatchObject({
    type: 'object',
    properties: { query: { type: 'string', description: 'What for.' }, limit: { type: 'integer' } },
    required: ['query'],
  });
  expect(tool.parameters).not.toHaveProperty('$schema');
});

test('what no model can call is refused', () => {
  const invalid = expect.objectContaining({ code: 'TOOL_INVALID' });
  const description = 'No.';
  expect(() => defineTool({ name: 'a b', description, arguments: z.object({}), execute })).toThrow(invalid);
  expect(() => defineTool({ name: 'a', description, arguments: z.string(), execute })).toThrow(invalid);
  const silent = {
    '~standard': { version: 1, vendor: 'own', validate: (value: unknown) => ({ value }) },
  } as const;
  expect(() => defineTool({ name: 'a', description, arguments: silent, execute })).toThrow(invalid);
  const parameters = { type: 'object' };
  expect(defineTool({ name: 'a', description, arguments: silent, parameters, execute }).parameters).toBe(
    parameters,
  );
});
