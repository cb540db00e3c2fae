/** The kernel's hooks, with failures of observers reported as soon as they happen. */
import type { HookRunner, TinsmithError } from '@tinsmith/core';
import type { Kernel } from '@tinsmith/core/kernel';

export function reportingHooks(kernel: Kernel, report: (problem: TinsmithError) => void): HookRunner {
  let reported = 0;
  return {
    async emit(hook, event) {
      await kernel.hooks.emit(hook, event);
      while (reported < kernel.problems.length) report(kernel.problems[reported++]!);
    },
    transform: (hook, value, event) => kernel.hooks.transform(hook, value, event),
    ask: (hook, event) => kernel.hooks.ask(hook, event),
  };
}
