/** Agents with a search tool: the recipes `search_tool` (training) and `search_eval` (measuring a checkpoint). */
import { definePlugin, Recipes } from '@tinsmith/core';
import { searchEvalRecipe } from './search-eval.js';
import { searchToolRecipe } from './search-tool.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-tool-use',
  version,

  setup({ provide }) {
    provide(Recipes, 'search_tool', { create: () => searchToolRecipe });
    provide(Recipes, 'search_eval', { create: () => searchEvalRecipe });
  },
});
