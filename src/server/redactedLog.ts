import { errorText } from './base/errors';
import type { Log } from './base/log';
import type { Secrets } from './domain/secrets';

/** A log that never sees a secret. Errors keep their stack. */
export function redactedLog(log: Log, secrets: Pick<Secrets, 'redact' | 'redactAll'>): Log {
  const clean = (value: unknown): unknown => {
    if (!(value instanceof Error)) return secrets.redactAll(value);
    return secrets.redact(value.stack ?? errorText(value));
  };
  return {
    trace: (message, ...args) => log.trace(secrets.redact(message), ...args.map(clean)),
    debug: (message, ...args) => log.debug(secrets.redact(message), ...args.map(clean)),
    info: (message, ...args) => log.info(secrets.redact(message), ...args.map(clean)),
    warn: (message, ...args) => log.warn(secrets.redact(message), ...args.map(clean)),
    error: (message, ...args) => log.error(String(clean(message)), ...args.map(clean)),
  };
}
