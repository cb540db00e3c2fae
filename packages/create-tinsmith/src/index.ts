/** `npm create tinsmith` for programs. */
export { isKind, kinds, type Kind } from './kinds.js';
export { scaffold, ScaffoldError, type ScaffoldOptions } from './scaffold.js';
