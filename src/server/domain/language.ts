import * as l10n from '@vscode/l10n';

/** Texts by their English form, as `l10n/bundle.l10n.<language>.json` has them. */
export type Translations = Readonly<Record<string, string>>;

let spoken: Translations = {};

/** Sets the language of all that this realm says to a person; without it, English. Before anything else is loaded, as constants are texts too. */
export function speak(translations: Translations): void {
  spoken = translations;
  l10n.config({ contents: spoken });
}

/** What is stored, sent to programs or read by language models: the same on every machine, so English. */
export function inEnglish<T>(say: () => T): T {
  const before = spoken;
  speak({});
  try {
    return say();
  } finally {
    // What was spoken around it, which is English when one stands in another.
    speak(before);
  }
}

/** The language in which dates are written; undefined: that of the system. */
export function dateLanguage(): string | undefined {
  const tag = l10n.t({ message: 'system', comment: ['The language of dates as a BCP 47 tag, such as zh-CN'] });
  return tag === 'system' ? undefined : tag;
}
