/** Tinsmith for programs and for TypeScript configs; the command is in bin/tinsmith.js. */
export { defineConfig, type Config, type PluginInConfig } from './config/define.js';
export type { RunOutcome } from './run/execute.js';
export type { Output } from './run/report.js';
export { runConfig, type RunOptions } from './run/start.js';
