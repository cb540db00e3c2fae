/** A judge that prefers the shorter answer, whatever it says. */
import { type Judge, judgeBy, type Message, textOf } from '@tinsmith/core';

/** In Unicode code points, as Python counts. */
const lengthOf = (completion: readonly Message[]): number =>
  completion.reduce((length, message) => length + Array.from(textOf(message)).length, 0);

export const shorterJudge: Judge = judgeBy(({ completionA, completionB }) =>
  Math.sign(lengthOf(completionA) - lengthOf(completionB)),
);
