/** Stub of the losses: the names are final. */
export const lossNames = ['cross_entropy', 'importance_sampling', 'ppo', 'cispo', 'dro'] as const;
export type LossName = (typeof lossNames)[number];
