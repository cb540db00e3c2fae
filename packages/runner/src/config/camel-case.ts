/** Options of recipes are named in camelCase; the Cookbook writes them with underscores. */
export const camelCase = (key: string): string =>
  key.replace(/(?<=[a-z0-9])_([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());

/** The Cookbook's spelling of the same option. */
export const snakeCase = (key: string): string =>
  key.replace(/(?<=[a-z0-9])([A-Z])/g, letter => `_${letter.toLowerCase()}`);
