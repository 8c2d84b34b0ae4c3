import { HumanError } from '../../base/errors';

/** Byte order marks (https://encoding.spec.whatwg.org/#bom-sniff); PowerShell writes UTF-16 when output is redirected. */
const MARKS: readonly (readonly [encoding: string, ...mark: number[]])[] = [
  ['utf-8', 0xef, 0xbb, 0xbf],
  ['utf-16le', 0xff, 0xfe],
  ['utf-16be', 0xfe, 0xff],
];

/** Each object or element costs some 100 bytes of memory, however short its text; real reports of 64 MiB have about 3 million. */
const MAX_PARTS = 8_000_000;

/** The text of a report without byte order mark, by its mark, else the encoding its XML declares, else UTF-8. */
export function reportText(bytes: Uint8Array | string): string {
  if (typeof bytes === 'string') return bytes.replace(/^\ufeff/, '');
  const marked = MARKS.find(([, ...mark]) => mark.every((byte, at) => bytes[at] === byte))?.[0];
  const declared = /^<\?xml[^>]*\sencoding=["']([\w.:-]{1,40})["']/.exec(Buffer.from(bytes.subarray(0, 200)).toString('latin1'))?.[1];
  try {
    return new TextDecoder(marked ?? declared ?? 'utf-8').decode(bytes);
  } catch {
    throw new HumanError(`This report is written in ${declared ?? marked}, which is not known here. Write it in UTF-8.`);
  }
}

/** @throws {HumanError} when `mark`, which begins a part, occurs so often that what is read would not fit into memory. */
export function refuseMany(text: string, mark: '<' | '{' | '[', format: string): void {
  let parts = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
    if (++parts > MAX_PARTS)
      throw new HumanError(
        `This ${format} report has more than ${MAX_PARTS} parts, which is too many to read. Split it, for example by folder.`,
      );
  }
}
