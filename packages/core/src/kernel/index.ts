/** For the runner and the testkit: boots plugins. Plugins never import this. */
export { Kernel, type Assembly, type Listener } from './kernel.js';
export { describe as describeOffer, type Offer } from './offer.js';
export { providerMissing } from './providers.js';
