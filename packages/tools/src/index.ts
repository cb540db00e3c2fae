/** Agents with tools: tasks as environments, tools of others as ours, search as a tool. */
export { fromAiSdk, type AiSdkTool } from './adapters/ai-sdk.js';
export { fromMcp, startMcpServer, type McpClient, type McpOptions, type McpServer } from './adapters/mcp.js';
export { agentGroup, type AgentGroupOptions, type AgentLimits, type AgentTask } from './agent-group.js';
export { toEnvTool, type EnvToolOptions, type ToolLimits } from './env-tool.js';
export { guardedSearch, type SearchLimits } from './search/guarded-search.js';
export { searchTool, type SearchToolOptions } from './search/search-tool.js';
