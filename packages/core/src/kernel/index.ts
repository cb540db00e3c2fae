/** For the runner and the testkit: boots plugins. Plugins never import this. */
export { Kernel } from './kernel.js';
export type { Offer } from './offer.js';
export { checkOptions, type OptionsCheck } from './options.js';
export { providerMissing } from './providers.js';
