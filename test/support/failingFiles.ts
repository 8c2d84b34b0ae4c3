import { nodeFiles, type Files } from '../../src/server/store/files';

type Failing = Files & {
  /** Lets the named operation throw this error code until `heal`. */
  fail(operation: keyof Files, code: string): void;
  /** Lets the next synchronous and asynchronous writes store only so many bytes. */
  shorten(bytes: number): void;
  heal(): void;
};

/** The real file system, which fails on cue. */
export function failingFiles(base: Files = nodeFiles): Failing {
  const failures = new Map<keyof Files, string>();
  let atMost = Infinity;
  const failureOf = (operation: keyof Files): Error | undefined => {
    const code = failures.get(operation);
    return code === undefined ? undefined : Object.assign(new Error(`${code}: made to fail, ${operation}`), { code });
  };
  const wrap = <K extends keyof Files>(name: K): Files[K] => {
    const real = base[name] as (...args: unknown[]) => unknown;
    const isSync = name.endsWith('Sync');
    const wrapped = (...args: unknown[]): unknown => {
      const failure = failureOf(name);
      if (failure && isSync) throw failure;
      if (failure) return Promise.reject(failure);
      if ((name === 'writeSync' || name === 'write') && args[1] instanceof Uint8Array) args[1] = args[1].subarray(0, atMost);
      return real(...args);
    };
    return wrapped as Files[K];
  };
  const files = Object.fromEntries((Object.keys(base) as (keyof Files)[]).map((name) => [name, wrap(name)])) as unknown as Files;
  return {
    ...files,
    fail: (operation, code) => void failures.set(operation, code),
    shorten: (bytes) => void (atMost = bytes),
    heal: () => {
      failures.clear();
      atMost = Infinity;
    },
  };
}
