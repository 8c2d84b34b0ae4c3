/** One word after `tasktower`. */
export interface Command {
  /** What follows the word, for people. */
  usage: string;
  /** One line for the list of commands. */
  about: string;
  /** What more there is to say: options, one a line. */
  help: string;
  /** @returns the exit code. @throws {CliError} */
  run(args: readonly string[]): Promise<number>;
}

/** Writes a line to standard output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a line to standard error. */
export function warn(line: string): void {
  process.stderr.write(`tasktower: ${line}\n`);
}
