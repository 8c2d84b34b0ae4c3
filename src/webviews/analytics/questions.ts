import type { Question } from './question';
import { cost } from './questions/cost';
import { done } from './questions/done';
import { time } from './questions/time';
import { used } from './questions/used';
import { works } from './questions/works';
import { worth } from './questions/worth';

/** All charts, in the order they stand. */
export const QUESTIONS: readonly Question[] = [done, works, time, used, worth, cost];
