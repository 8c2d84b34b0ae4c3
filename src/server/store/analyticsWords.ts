import type { Sqlite } from './sqlite';

/** The number of a word, which it gets when it has none. */
export function wordId(db: Sqlite, word: string): number {
  db.run('INSERT OR IGNORE INTO words (word) VALUES (?)', word);
  return Number(db.first('SELECT id FROM words WHERE word = ?', word)?.id);
}

/** The numbers of the words that are known. */
export function knownIds(db: Sqlite, words: readonly string[]): number[] {
  return words.flatMap((word) => {
    const id = db.first('SELECT id FROM words WHERE word = ?', word)?.id;
    return typeof id === 'number' ? [id] : [];
  });
}

/** The word of a number. */
export function wordOf(db: Sqlite, id: number): string {
  return String(db.first('SELECT word FROM words WHERE id = ?', id)?.word ?? '');
}
