/** What must not compile. */
import type { z } from 'zod';
import type { mathRlOptions } from './options.js';

// @ts-expect-error a run needs a model
const noModel: z.input<typeof mathRlOptions> = { engine: 'local' };
// @ts-expect-error a supervised loss has no advantages
const wrongLoss: z.input<typeof mathRlOptions> = { engine: 'local', modelName: 'm', lossFn: 'cross_entropy' };
void [noModel, wrongLoss];
