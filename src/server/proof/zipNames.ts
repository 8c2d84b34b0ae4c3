const LONGEST = 100;
/** Names that Windows keeps for devices, whatever their extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/webp': '.webp',
  'application/json': '.json',
  'text/markdown': '.md',
  'text/x-diff': '.diff',
  'text/plain': '.txt',
  'application/xml': '.xml',
  'text/xml': '.xml',
};

/** Names of files in an archive, good on every system, each given once. */
export class ZipNames {
  private readonly taken = new Set<string>();

  /** A path below `folder` for something called `label` of a MIME type; a name that was given before gets a number. */
  of(folder: string, label: string, mime: string): string {
    const extension = EXTENSIONS[mime] ?? (mime.startsWith('text/') ? '.txt' : '.bin');
    const safe =
      label
        .replace(/[^\w.@ -]/g, '_')
        .replace(/^[. ]+|[. ]+$/g, '')
        .slice(0, LONGEST) || 'unnamed';
    const base = RESERVED.test(safe) ? `_${safe}` : safe;
    const stem = base.toLowerCase().endsWith(extension) ? base.slice(0, -extension.length) : base;
    for (let n = 1; ; n++) {
      const path = `${folder}/${stem}${n === 1 ? '' : `-${n}`}${extension}`;
      if (this.taken.has(path.toLowerCase())) continue;
      this.taken.add(path.toLowerCase());
      return path;
    }
  }
}
