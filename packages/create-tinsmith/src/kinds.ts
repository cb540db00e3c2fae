/** What can be scaffolded. */
export const kinds = {
  project: 'a project: a config and what it needs, ready to run',
  logger: 'a plugin that takes metrics somewhere',
  recipe: 'a plugin with a training algorithm',
  engine: 'a plugin that trains and samples models',
  environment: 'a plugin with problems and their rewards',
  judge: 'a plugin that says which of two answers is better',
  game: 'a plugin with a game for two',
} as const;

export type Kind = keyof typeof kinds;

export const isKind = (value: string): value is Kind => Object.hasOwn(kinds, value);
