/** For the runner: options against schemas, and how options and their places are shown. Plugins use `parseOptions`. */
export { checkOptions, type CheckedOptions } from './check-options.js';
export { jsonSchemaOf, type JsonSchema, knownKeys, memberSchema } from './json-schema.js';
export { formatPath, parsePath, type OptionPath } from './path.js';
export type { OptionIssue } from './sentence.js';
export { describeValue, isValues, valueAt, type Values } from './values.js';
