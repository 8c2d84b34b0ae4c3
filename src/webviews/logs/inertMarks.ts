import * as l10n from '@vscode/l10n';
/** Characters that reorder or hide text (Unicode TR 36 §2.6), by what they are called. */
const REORDERING: Readonly<Record<number, string>> = {
  0x200b: l10n.t('zero width space'),
  0x200c: l10n.t('zero width non-joiner'),
  0x200e: l10n.t('left-to-right mark'),
  0x200f: l10n.t('right-to-left mark'),
  0x2028: l10n.t('line separator'),
  0x2029: l10n.t('paragraph separator'),
  0x202a: l10n.t('left-to-right embedding'),
  0x202b: l10n.t('right-to-left embedding'),
  0x202c: l10n.t('end of embedding'),
  0x202d: l10n.t('left-to-right override'),
  0x202e: l10n.t('right-to-left override'),
  0x2060: l10n.t('word joiner'),
  0x2066: l10n.t('left-to-right isolate'),
  0x2067: l10n.t('right-to-left isolate'),
  0x2068: l10n.t('first strong isolate'),
  0x2069: l10n.t('end of isolate'),
  0xfeff: l10n.t('byte order mark'),
};
const HEX = 16;
/** C0, DEL and C1. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** What stands in the place of something that is not carried out, and what it was. */
export interface Mark {
  text: string;
  title: string;
}

/** The mark of a control or reordering character: `^G` as terminals write it, else its code. ASCII alone, which every font has. */
export function characterMark(code: number): Mark {
  const name = `U+${code.toString(HEX).toUpperCase().padStart(4, '0')}`;
  const what = REORDERING[code] ?? l10n.t('control character');
  const text = code < 0x20 || code === 0x7f ? `^${String.fromCharCode(code ^ 0x40)}` : `[${name}]`;
  return { text, title: l10n.t('{0}, {1}: shown, not carried out', name, what) };
}

/** The mark of an escape sequence that is no colour. */
export function sequenceMark(sequence: string): Mark {
  const whole = sequence.replace(/\u001b\\$/, '').slice(1);
  const inner = [...whole].filter((character) => !CONTROL.test(character) && !(character.charCodeAt(0) in REORDERING)).join('');
  const isLink = inner.startsWith(']8;');
  return {
    text: isLink ? 'link' : `ESC${inner.length > 12 ? `${inner.slice(0, 12)}…` : inner}`,
    title: isLink
      ? l10n.t('Hyperlink {0}: shown, not carried out', inner.slice(0, 200))
      : l10n.t('Control sequence {0}: shown, not carried out', inner.slice(0, 200)),
  };
}
