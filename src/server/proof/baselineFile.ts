import { createHash } from 'node:crypto';

const LONGEST = 120;
/** Names that Windows keeps for devices, whatever their extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * The file name of a label without its extension, good on every system: `login@1280x800`. A label that has to be changed for that gets
 * a hash of the whole, so that two labels never share a file.
 */
export function baselineFile(label: string): string {
  const safe = label
    .replace(/[^\w.@-]/g, '_')
    .replace(/^\.+|\.+$/g, '_')
    .slice(0, LONGEST);
  if (safe === label && !RESERVED.test(safe)) return safe;
  return `${safe}-${createHash('sha256').update(label).digest('hex').slice(0, 8)}`;
}
