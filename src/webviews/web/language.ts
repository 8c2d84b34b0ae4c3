import { speak, type Translations } from '../../server/domain/language';

/** `l10n/bundle.l10n.zh-cn.json`; filled in when the page is bundled. */
declare const TASKTOWER_CHINESE: Translations;

/** Whether the browser asks for Chinese in simplified characters. */
export const isChinese = /^zh(-(hans|cn|sg|my)\b|$)/i.test(navigator.language);

// Loaded before all else, as some texts are constants.
if (isChinese) {
  speak(TASKTOWER_CHINESE);
  document.documentElement.lang = navigator.language;
  document.title = TASKTOWER_CHINESE[document.title] ?? document.title;
}
