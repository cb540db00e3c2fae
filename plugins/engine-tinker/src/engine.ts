/** The remote engine for programs, without a plugin around it. Knows nothing of configs. */
export { Budget, type BudgetState, type Limits, type Spent, type TokenKind, type Usage } from './budget.js';
export { TinkerEngine, type TinkerEngineOptions } from './tinker-engine.js';
