/** What must not compile. */
import plugin from './index.js';

plugin();
plugin({ metric: 'env/all/correct', samples: 0 });
// @ts-expect-error an option that is not there
plugin({ metrics: 'env/all/correct' });
// @ts-expect-error one metric
plugin({ metric: ['a', 'b'] });
