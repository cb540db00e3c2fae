/**
 * Tools of an MCP server, used as they are: through a client of the official SDK that the caller has connected, or one that is
 * connected here. The SDK is loaded only for the latter.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defineTool, messageOf, TinsmithError, type Tool } from '@tinsmith/core';

/** The part of `Client` of `@modelcontextprotocol/sdk` that is used. */
export interface McpClient {
  listTools(params?: { cursor?: string }): Promise<{
    readonly tools: readonly {
      readonly name: string;
      readonly description?: string | undefined;
      readonly inputSchema: Readonly<Record<string, unknown>>;
    }[];
    readonly nextCursor?: string | undefined;
  }>;
  callTool(
    params: { name: string; arguments: Record<string, unknown> },
    resultSchema?: undefined,
    options?: { signal?: AbortSignal; timeout?: number },
  ): Promise<Readonly<Record<string, unknown>>>;
}

export interface McpOptions {
  /** Only these; default all. */
  readonly only?: readonly string[] | undefined;
  /** In front of the names, where tools of several servers could have the same. */
  readonly prefix?: string | undefined;
}

/** Longer than any limit of an environment, which aborts by the signal. */
const LONGEST_CALL = 24 * 3600 * 1000;

/**
 * What the server offers now. A server that dies later makes calls fail, which the model is told.
 * @throws TOOL_UNKNOWN for a name in `only` that the server has not.
 */
export async function fromMcp(client: McpClient, { only, prefix = '' }: McpOptions = {}): Promise<Tool[]> {
  const offered = [];
  for (let cursor: string | undefined; ;) {
    const page = await client.listTools(cursor === undefined ? {} : { cursor });
    offered.push(...page.tools);
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  const names = offered.map(({ name }) => name);
  const missing = only?.filter(name => !names.includes(name)) ?? [];
  if (missing.length > 0) {
    throw new TinsmithError({
      code: 'TOOL_UNKNOWN',
      message: `the MCP server has no tool ${missing.map(name => `"${name}"`).join(', ')}`,
      found: names.join(', ') || 'no tools',
    });
  }
  return offered
    .filter(({ name }) => only?.includes(name) ?? true)
    .map(({ name, description = '', inputSchema }) =>
      defineTool({
        name: prefix + name,
        description,
        arguments: anyObject,
        parameters: inputSchema,
        async execute(given, { signal }) {
          const options = { signal, timeout: LONGEST_CALL };
          const result = await client.callTool({ name, arguments: given }, undefined, options);
          const text = textOf(result);
          if (result['isError'] === true) throw new Error(text || 'the tool failed');
          return text;
        },
      }),
    );
}

/** The server checks its arguments itself, by a schema that only it can evaluate. */
const anyObject: StandardSchemaV1<Record<string, unknown>> = {
  '~standard': {
    version: 1,
    vendor: 'mcp',
    validate: value => ({ value: value as Record<string, unknown> }),
  },
};

/** The texts of a result; a result that is data alone, as JSON. */
function textOf({ content, structuredContent }: Readonly<Record<string, unknown>>): string {
  const parts = Array.isArray(content) ? (content as Readonly<Record<string, unknown>>[]) : [];
  const texts = parts.map(part =>
    part['type'] === 'text' ? String(part['text']) : `[${String(part['type'])}]`,
  );
  if (texts.length > 0) return texts.join('\n');
  return structuredContent === undefined ? '' : JSON.stringify(structuredContent);
}

export interface McpServer extends AsyncDisposable {
  readonly tools: readonly Tool[];
}

/**
 * Starts a server as a child process and takes its tools. Dispose of it: that ends the server.
 * @throws MCP_SDK_MISSING, MCP_SERVER_FAILED
 */
export async function startMcpServer(
  { command, args = [], env }: { command: string; args?: readonly string[]; env?: Record<string, string> },
  options?: McpOptions,
): Promise<McpServer> {
  const { Client, StdioClientTransport } = await loadSdk();
  const client = new Client({ name: '@tinsmith/tools', version: '0.1.0' });
  const transport = new StdioClientTransport({ command, args: [...args], ...(env && { env }) });
  try {
    await client.connect(transport);
    const tools = await fromMcp(client, options);
    return { tools, [Symbol.asyncDispose]: () => client.close() };
  } catch (cause) {
    await client.close();
    if (TinsmithError.is(cause)) throw cause;
    throw new TinsmithError({
      code: 'MCP_SERVER_FAILED',
      message: 'the MCP server did not start, or does not speak the protocol',
      at: [command, ...args].join(' '),
      found: messageOf(cause),
      fix: 'run the command by itself: it must wait for requests on its standard input',
      cause,
    });
  }
}

async function loadSdk() {
  try {
    const [{ Client }, { StdioClientTransport }] = await Promise.all([
      import('@modelcontextprotocol/sdk/client/index.js'),
      import('@modelcontextprotocol/sdk/client/stdio.js'),
    ]);
    return { Client, StdioClientTransport };
  } catch (cause) {
    throw new TinsmithError({
      code: 'MCP_SDK_MISSING',
      message: 'tools of MCP servers need the package @modelcontextprotocol/sdk',
      found: messageOf(cause),
      fix: 'npm install @modelcontextprotocol/sdk',
      cause,
    });
  }
}
