import { setTimeout as wait } from 'node:timers/promises';
import { nodeFiles, type Files } from '../../src/server/store/files';

/** What a disk can be told to do. */
export interface DiskFault {
  operation: keyof Files;
  /** The error code, such as ENOSPC; `short` stores a part of what is to be written. */
  code: string;
  /** How many calls of the operation meet it. */
  times: number;
}

/** The real file system, where named operations fail for a while, and writes may be slow. */
export class FaultyDisk {
  readonly files: Files;
  private readonly faults = new Map<keyof Files, DiskFault>();
  private dragMs = 0;

  constructor(private readonly fired: (what: string) => void) {
    const names = Object.keys(nodeFiles) as (keyof Files)[];
    this.files = Object.fromEntries(names.map((name) => [name, this.wrap(name)])) as unknown as Files;
  }

  fail(fault: DiskFault): void {
    this.faults.set(fault.operation, { ...fault });
  }

  /** Every write takes this long, ms, and stores half of its bytes first. */
  drag(ms: number): void {
    this.dragMs = ms;
  }

  heal(): void {
    this.faults.clear();
    this.dragMs = 0;
  }

  private wrap(name: keyof Files): unknown {
    const real = nodeFiles[name] as (...args: unknown[]) => unknown;
    if (name.endsWith('Sync')) return (...args: unknown[]) => real(...this.met(name, args));
    return async (...args: unknown[]): Promise<unknown> => {
      const given = this.met(name, args);
      if (name === 'write' && this.dragMs > 0) {
        this.fired('slow disk');
        await wait(this.dragMs);
        return real(...halved(given));
      }
      return real(...given);
    };
  }

  /** The arguments that the real operation gets. @throws what the operation is to fail with. */
  private met(name: keyof Files, args: unknown[]): unknown[] {
    const fault = this.faults.get(name);
    if (!fault) return args;
    if (--fault.times <= 0) this.faults.delete(name);
    this.fired(`${fault.code} ${name}`);
    if (fault.code === 'short') return halved(args);
    throw Object.assign(new Error(`${fault.code}: made to fail, ${name}`), { code: fault.code });
  }
}

function halved([fd, bytes, position]: unknown[]): unknown[] {
  const whole = bytes as Uint8Array;
  return [fd, whole.subarray(0, Math.max(1, whole.length >> 1)), position];
}
