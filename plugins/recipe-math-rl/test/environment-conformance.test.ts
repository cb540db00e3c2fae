import renderers from '@tinsmith/renderers-chat';
import { environmentConformance } from '@tinsmith/testkit';
import plugin from '../src/index.js';

environmentConformance({
  plugins: [renderers(), plugin()],
  environment: 'arithmetic',
  renderer: 'qwen3_instruct',
  solve(prompt) {
    const [x, y] = prompt.match(/(\d+) \+ (\d+)(?!.*\d \+ )/s)!.slice(1);
    return String(Number(x) + Number(y));
  },
});
