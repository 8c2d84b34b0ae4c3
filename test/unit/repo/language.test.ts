import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';

type Bundle = Record<string, string | { message: string; comment: string[] }>;

/** Texts that are the same in Chinese: names of products, units and forms that nobody translates. */
const SAME = new Set(['n={0}', 'system/The language of dates as a BCP 47 tag, such as zh-CN']);
const CHINESE = /\p{Script=Han}/u;
/** What is filled in, and what must stay as it is: `{0}`, `command:` links, icons. */
const KEPT = /\{\w+\}|\(command:[\w.]+\)|\$\([\w~-]+\)/g;

describe('Simplified Chinese', () => {
  const json = (path: string): Bundle => JSON.parse(readFileSync(path, 'utf8')) as Bundle;
  const textOf = (entry: Bundle[string] | undefined): string => (typeof entry === 'string' ? entry : (entry?.message ?? ''));
  const kept = (text: string): string[] => (text.match(KEPT) ?? []).sort();

  for (const [what, english, chinese] of [
    ['what package.json shows', 'package.nls.json', 'package.nls.zh-cn.json'],
    ['what the code shows', 'l10n/bundle.l10n.json', 'l10n/bundle.l10n.zh-cn.json'],
  ] as const) {
    describe(`of ${what}`, () => {
      const from = json(english);
      const to = json(chinese);

      it('is whole, with nothing left over', () => {
        assert.deepEqual(Object.keys(to).sort(), Object.keys(from).sort());
      });

      it('is a translation, but for names and units', () => {
        const same = Object.keys(from).filter((key) => textOf(from[key]) === textOf(to[key]) || !CHINESE.test(textOf(to[key])));
        assert.deepEqual(
          same.filter((key) => !SAME.has(key)),
          [],
        );
      });

      it('fills in what the English text fills in', () => {
        for (const key of Object.keys(from)) assert.deepEqual(kept(textOf(to[key])), kept(textOf(from[key])), key);
      });
    });
  }

  it('is asked for by every key of package.json, and by no other', () => {
    const asked = [...readFileSync('package.json', 'utf8').matchAll(/"%([\w.]+)%"/g)].map(([, key = '']) => key);
    assert.deepEqual([...new Set(asked)].sort(), Object.keys(json('package.nls.json')).sort());
  });

  it('leaves no sentence of package.json behind', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { contributes: object };
    const sentences = JSON.stringify(manifest.contributes).match(
      /"(title|description|markdownDescription|displayName|userDescription|contents|altText|patternErrorMessage)":"(?!%)[^"]*"/g,
    );
    // The name of the product, and what a language model reads of its tools.
    assert.deepEqual([...new Set(sentences)].sort(), [
      '"description":"The number of the task, such as #12, or its id."',
      '"title":"Tasktower"',
    ]);
  });

  it('has no name on the list of what stays that is not there', () => {
    const known = new Set(['package.nls.json', 'l10n/bundle.l10n.json'].flatMap((path) => Object.keys(json(path))));
    assert.deepEqual(
      [...SAME].filter((key) => !known.has(key)),
      [],
    );
  });

  it('goes into the package', () => {
    const packed = readFileSync('.vscodeignore', 'utf8').split('\n');
    for (const line of ['!package.nls.json', '!package.nls.*.json', '!l10n/bundle.l10n.*.json']) assert.ok(packed.includes(line), line);
    assert.deepEqual(globSync('l10n/*').length, 2);
  });
});
