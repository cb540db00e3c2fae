/** The environments as functions, for plugins that offer one of them with a recipe of their own. Each owns a thread that grades: dispose of it. */
export { deepmath, deepmathOptions, polaris, polarisOptions } from './answered.js';
export { gsm8k, gsm8kOptions } from './gsm8k.js';
export { math, mathOptions } from './math.js';
