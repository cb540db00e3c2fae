/** The kernel's hooks, with failures of observers reported as soon as they happen; in strict mode they are thrown as well. */
import { throwProblems, type HookRunner, type TinsmithError } from '@tinsmith/core';
import type { Kernel } from '@tinsmith/core/kernel';

interface Reporting {
  readonly report: (problem: TinsmithError) => void;
  readonly strict: boolean;
}

export function reportingHooks(kernel: Kernel, { report, strict }: Reporting): HookRunner {
  let reported = 0;
  return {
    async emit(hook, event) {
      await kernel.hooks.emit(hook, event);
      const problems = kernel.problems.slice(reported);
      reported += problems.length;
      problems.forEach(report);
      if (strict) throwProblems(problems);
    },
    transform: (hook, value, event) => kernel.hooks.transform(hook, value, event),
    ask: (hook, event) => kernel.hooks.ask(hook, event),
  };
}
