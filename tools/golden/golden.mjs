// The entry of `npm run golden -- CATEGORY`. The rest is TypeScript, which Node runs as it is.
import './run.ts';
