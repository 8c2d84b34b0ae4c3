import * as l10n from '@vscode/l10n';
import { phraseOf } from './phrase';
import { word } from './words';

/** What a person reads of a failure, one line: in the language of this realm where its words came with their arguments apart. */
export function spoken(failure: unknown): string {
  const phrase = phraseOf(failure);
  if (phrase) return l10n.t(phrase.text, ...phrase.args.map((arg) => (typeof arg === 'object' ? word(arg.word) : arg)));
  const text = failure instanceof Error ? failure.message : String(failure);
  return text.split('\n', 1)[0] ?? '';
}
