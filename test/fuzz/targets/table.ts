import type { Target } from '../target';
import { ansi } from './ansi';
import { exports } from './exports';
import { history } from './history';
import { checkpoint, epochs, events, journal } from './journal';
import { pictures } from './pictures';
import { reports } from './reports';

/** Everything that reads what others wrote without a socket between, and how many rounds `npm test` gives it. */
export const TARGETS: readonly { make: () => Target; rounds: number }[] = [
  { make: reports, rounds: 300 },
  { make: pictures, rounds: 200 },
  { make: journal, rounds: 30 },
  { make: epochs, rounds: 30 },
  { make: checkpoint, rounds: 30 },
  { make: events, rounds: 30 },
  { make: history, rounds: 30 },
  { make: ansi, rounds: 1_500 },
  { make: exports, rounds: 30 },
];
