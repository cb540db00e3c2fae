/** Preference learning: which recipes and judges there are, and under which names. */
import { definePlugin } from '@tinsmith/core';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-preference',
  version,

  setup() {},
});
