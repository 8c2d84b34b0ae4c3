import { readFileSync } from 'node:fs';
import { speak, type Translations } from '../../src/server/domain/language';

let bundle: string | undefined;

/** The language of this process, and of the pages of panels that are opened from now on; undefined: English. */
export function giveLanguage(language: 'zh-cn' | undefined): void {
  bundle = language && readFileSync(`l10n/bundle.l10n.${language}.json`, 'utf8');
  speak(bundle === undefined ? {} : (JSON.parse(bundle) as Translations));
}

/** The part of a page that the editor puts there in another language than English. */
export function languageData(): string {
  return bundle === undefined ? '' : `<script type="application/json" id="language">${bundle.replaceAll('<', '\\u003c')}</script>`;
}
