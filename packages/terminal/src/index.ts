/** How runs look in a terminal. Knows nothing about runs: it is given numbers and texts. */
export * from './curve.js';
export * from './format.js';
export * from './main-metric.js';
export * from './plot.js';
export * from './samples-table.js';
export * from './terminal.js';
