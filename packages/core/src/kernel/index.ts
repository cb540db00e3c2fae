/** For the runner and the testkit: boots plugins. Plugins never import this. */
export { settlesWithin } from './deadline.js';
export { Kernel, type Assembly, type Listener } from './kernel.js';
export { describe as describeOffer, type Offer } from './offer.js';
export { type Deadlines, providerMissing } from './providers.js';
