import { HumanError } from '../base/errors';

/** What the exit code says; `run` passes on the code of its command instead. */
export const Exit = { ok: 0, refused: 1, usage: 2, noTower: 3, failed: 4, cancelled: 5, needsPerson: 6 } as const;
export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** An error that ends the program: one sentence for people, with the next step. */
export class CliError extends HumanError {
  override readonly name: string = 'CliError';

  constructor(
    readonly exit: ExitCode,
    message: string,
  ) {
    super(message);
  }
}

/** The tower said no. */
export class Refused extends CliError {
  override readonly name = 'Refused';

  constructor(
    readonly status: number,
    message: string,
    /** The number that a report must have, when it came out of order. */
    readonly expected?: number,
  ) {
    super(Exit.refused, message);
  }
}

/** The words on the command line do not make sense. */
export function wrongUsage(message: string): CliError {
  return new CliError(Exit.usage, message);
}
