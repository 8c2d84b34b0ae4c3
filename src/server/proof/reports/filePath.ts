import { cleanText } from '../../domain/text';

const MAX_LENGTH = 1000;
/** A scheme has two letters at least, else it is a Windows drive (RFC 3986 §3.1). */
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;
const DRIVE = /^[a-z]:/i;

/**
 * The path of a file named by a report, relative to `root`, with `/`. Reads POSIX and Windows paths and `file:` URIs.
 * @returns undefined for what lies outside `root`, is absolute without a root, or is no path.
 */
export function filePath(value: string | undefined, root?: string): string | undefined {
  if (!value || value.length > MAX_LENGTH * 3) return undefined;
  const path = segments(value);
  const base = root === undefined ? undefined : segments(root);
  const below = path?.absolute ? (base?.absolute ? tail(path, base) : undefined) : path?.names;
  const result = below?.join('/');
  return result && result.length <= MAX_LENGTH && !DRIVE.test(result) ? result : undefined;
}

interface Segments {
  absolute: boolean;
  names: string[];
}

function segments(value: string): Segments | undefined {
  const plain = (SCHEME.test(value) ? fromFileUri(value) : value)?.replaceAll('\\', '/');
  if (plain === undefined || cleanText(plain) !== plain) return undefined;
  const names: string[] = [];
  for (const name of plain.split('/')) {
    if (name === '..') {
      if (names.pop() === undefined) return undefined;
    } else if (name !== '' && name !== '.') names.push(name);
  }
  return { absolute: plain.startsWith('/') || /^[a-z]:\//i.test(plain), names };
}

/** The path of a `file:` URI without query and fragment (RFC 8089); the slash before a drive letter goes. */
function fromFileUri(uri: string): string | undefined {
  const [, host = '', path = ''] = /^file:(?:\/\/([^/?#]*))?([^?#]*)/i.exec(uri) ?? [];
  const decoded = decodeUri(path);
  if (!decoded) return undefined;
  if (host && host.toLowerCase() !== 'localhost') return `//${host}${decoded}`;
  return decoded.replace(/^\/(?=[a-z]:)/i, '');
}

/** `text` without percent encoding, or undefined when that is malformed. */
export function decodeUri(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** What of `path` lies below `base`. Windows paths are compared without case. */
function tail(path: Segments, base: Segments): string[] | undefined {
  const windows = DRIVE.test(base.names[0] ?? '');
  const same = (a = '', b = ''): boolean => a === b || (windows && a.toLowerCase() === b.toLowerCase());
  return base.names.every((name, at) => same(name, path.names[at])) ? path.names.slice(base.names.length) : undefined;
}
