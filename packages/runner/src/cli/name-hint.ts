/** `tinsmith run NAME` where there is no config: what to do. */
import { TinsmithError } from '@tinsmith/core';

export async function withNameHint<T>(recipe: string | undefined, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (recipe === undefined || !TinsmithError.is(error) || error.code !== 'CONFIG_NOT_FOUND') throw error;
    const { code, at, found } = error;
    throw new TinsmithError({
      code,
      message: `a recipe needs a config that lists its plugin, and there is none for "${recipe}"`,
      at,
      found,
      fix: `tinsmith run --config FILE, with recipe: { use: ${recipe} } in it`,
    });
  }
}
