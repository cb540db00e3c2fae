/** A server of the official SDK, for tests: it adds, refuses, waits, and dies when told to. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const server = new McpServer({ name: 'test', version: '1.0.0' });
const text = value => ({ content: [{ type: 'text', text: String(value) }] });
const numbers = { a: z.number(), b: z.number() };
server.registerTool('add', { description: 'Adds.', inputSchema: numbers }, ({ a, b }) => text(a + b));
server.registerTool('refuse', { description: 'Refuses.' }, () => ({ ...text('not today'), isError: true }));
server.registerTool('hang', { description: 'Hangs.' }, () => new Promise(() => {}));
server.registerTool('die', { description: 'Dies.' }, () => process.exit(1));
await server.connect(new StdioServerTransport());
