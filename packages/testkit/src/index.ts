/** For the tests of plugins: the kit, the toy engine, the conformance suites. Needs vitest. */
export { byteTokenizer } from './byte-tokenizer.js';
export { type VirtualClock, virtualClock } from './clock.js';
export { engineConformance, type EngineUnderTest } from './conformance/engine.js';
export { environmentConformance, type EnvironmentUnderTest } from './conformance/environment.js';
export { evaluatorConformance, type EvaluatorUnderTest } from './conformance/evaluator.js';
export { judgeConformance, type JudgeUnderTest } from './conformance/judge.js';
export { gameConformance, type GameUnderTest } from './conformance/game.js';
export { metricSinkConformance, type SinkSurroundings } from './conformance/metric-sink.js';
export { recipeConformance, type RecipeUnderTest } from './conformance/recipe.js';
export {
  searchablePassages,
  searchBackendConformance,
  type SearchBackendUnderTest,
} from './conformance/search-backend.js';
export { temporaryFolder, TestDirectory } from './directory.js';
export { createTestKit, type TestKit, type TestKitOptions } from './kit.js';
export { ToyEngine, toyEngine, TOY_VOCABULARY } from './toy-engine.js';
export { toyTokenizer } from './toy-tokenizer.js';
