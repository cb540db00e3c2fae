/** What must not compile. */
import wandb from './index.js';

wandb({ entity: 'team', tags: ['rl'], rolloutsEvery: 0 });
// @ts-expect-error keys come from the environment
wandb({ apiKey: 'secret' });
// @ts-expect-error a number
wandb({ sendEverySeconds: '15' });
