/** Where a room writes what happened; VS Code's LogOutputChannel satisfies it. */
export interface Log {
  trace(message: string, ...args: unknown[]): void;
  debug(message: string, ...args: unknown[]): void;
  info(message: string, ...args: unknown[]): void;
  warn(message: string, ...args: unknown[]): void;
  error(message: string | Error, ...args: unknown[]): void;
}

const silent = (): void => undefined;

/** A log that keeps nothing. */
export const nullLog: Log = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

/** A log on stderr, one line an entry, for processes without an editor. */
export function stderrLog(name: string): Log {
  const write =
    (level: string) =>
    (message: string | Error, ...args: unknown[]): void => {
      const text = message instanceof Error ? (message.stack ?? message.message) : message;
      process.stderr.write(`${new Date().toISOString()} ${level} ${name} ${[text, ...args].map(String).join(' ')}\n`);
    };
  return { trace: silent, debug: silent, info: write('info'), warn: write('warn'), error: write('error') };
}
