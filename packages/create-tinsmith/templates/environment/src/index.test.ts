import renderers from '@tinsmith/renderers-chat';
import { environmentConformance } from '@tinsmith/testkit';
import {{camel}} from './index.js';

environmentConformance({
  plugins: [renderers(), {{camel}}()],
  environment: '{{short}}',
  renderer: 'qwen3_instruct',
  solve: prompt => Array.from(prompt.match(/Spell (\w+) backwards/)![1]!).reverse().join(''),
});
