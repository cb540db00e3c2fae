import { engineConformance, toyTokenizer } from '@tinsmith/testkit';
import {{camel}} from './index.js';

engineConformance({
  plugins: [{{camel}}()],
  engine: '{{short}}',
  baseModel: 'toy', // a small model that your engine knows
  tokens: toyTokenizer.encode('what is 4+5?'),
});
