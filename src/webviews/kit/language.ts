import { speak, type Translations } from '../../server/domain/language';

// The editor's language, as the page was given it; loaded before all else, as some texts are constants.
const texts = document.getElementById('language')?.textContent;
if (texts) speak(JSON.parse(texts) as Translations);
