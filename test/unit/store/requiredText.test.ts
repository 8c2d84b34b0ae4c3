import assert from 'node:assert/strict';
import fc from 'fast-check';
import { requiredText } from '../../../src/server/store/logs/requiredText';

describe('The text that a regular expression requires', () => {
  for (const [source, text] of [
    ['needle\\s+number\\s+[0-9]+', 'needle'],
    ['^error: (timeout|refused) after \\d+ms$', 'error: '],
    ['colou?r', 'colo'],
    ['lo+ng (?:ago )*indeed', 'indeed'],
    ['a{2}bcd', 'bcd'],
    ['100\\.5\\$', '100.5$'],
    ['say "hello"', 'hello'],
    ['[abc]x|needle', undefined],
    ['(needle)', undefined],
    ['\\x41bc', undefined],
    ['\\u{1F600}smile', undefined],
    ['\\bword\\b', 'word'],
    ['[needle', undefined],
    ['über', 'ber'],
  ] as const)
    it(`is ${text === undefined ? 'not known' : `"${text}"`} of ${source}`, () => assert.equal(requiredText(source), text));

  it('stands in whatever the expression matches', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      'ab',
      'k',
      '.',
      '\\d',
      '\\.',
      '[ab]',
      '[^a\\]]',
      '(a|b)',
      '(?:ab)',
      '(?=b)',
      '(a(b)c)',
      '\\s',
      '"',
      ' ',
      '1',
    );
    const quantifier = fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{0,1}', '+?', '*?');
    const source = fc
      .array(fc.tuple(part, quantifier), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.map(([one, many]) => (one.startsWith('(?=') ? one : one + many)).join(''));
    const line = fc
      .array(fc.constantFrom('a', 'b', 'c', 'k', '1', ' ', '.', '"', ']'), { maxLength: 12 })
      .map((letters) => letters.join(''));
    let matched = 0;
    fc.assert(
      fc.property(source, fc.array(line, { minLength: 20, maxLength: 20 }), (expression, lines) => {
        const [pattern, text] = [new RegExp(expression), requiredText(expression)];
        for (const one of lines) {
          if (!pattern.test(one)) continue;
          matched++;
          if (text !== undefined && !one.includes(text)) return false;
        }
        return true;
      }),
      { numRuns: 2_000, seed: 7 },
    );
    assert.ok(matched > 1_000, `${matched} lines matched`);
  });
});
