import assert from 'node:assert/strict';
import { isPlain, plainText, readAnsi } from '../../../src/webviews/logs/ansi';
import { faultOf, holds, patternOf, rangesIn } from '../../../src/webviews/logs/matcher';
import { readCode, readJson } from '../../../src/webviews/logs/syntax';

const ESC = '\u001b';

/** Pieces as text: `text`, `look:text`, `[mark]`. */
function shown(text: string): string[] {
  return readAnsi(text).map(({ text: run, look, mark }) => (mark ? `[${run}]` : look ? `${JSON.stringify(look)}${run}` : run));
}

describe('The text of a log line', () => {
  it('takes the sixteen colours of the theme, and the nearest of them for any other', () => {
    assert.deepEqual(shown(`a ${ESC}[31mred${ESC}[0m b`), ['a ', '{"fg":1}red', ' b']);
    assert.deepEqual(shown(`${ESC}[1;92;41mx${ESC}[22;39my${ESC}[49mz`), ['{"bold":true,"fg":10,"bg":1}x', '{"bg":1}y', 'z']);
    assert.deepEqual(shown(`${ESC}[38;5;196mx${ESC}[38;2;0;200;10my${ESC}[38:2::0:0:250mz`), ['{"fg":9}x', '{"fg":2}y', '{"fg":4}z']);
    assert.deepEqual(shown(`${ESC}[48;5;245;3mx${ESC}[7my`), ['{"bg":8,"italic":true}x', '{"italic":true,"fg":8,"bg":7}y']);
  });

  it('shows what would act as marks, and carries none of it out', () => {
    assert.deepEqual(shown(`a${ESC}[2Jb${ESC}[1;1H`), ['a', '[ESC[2J]', 'b', '[ESC[1;1H]']);
    assert.deepEqual(shown(`${ESC}]8;;http://evil.test${ESC}\\text${ESC}]8;;\u0007`), ['[link]', 'text', '[link]']);
    assert.deepEqual(shown('user\u202etxt.exe\u0007\r\u009b5mx'), ['user', '[[U+202E]]', 'txt.exe', '[^G]', '[^M]', 'x']);
    assert.deepEqual(shown(`${ESC}Pq#0;2;0${ESC}\\end${ESC}`), ['[ESCPq#0;2;0]', 'end', '[ESC]']);
  });

  it('keeps every character of the raw text in its pieces, whatever it is', () => {
    const raw = `${ESC}[31ma\u0000b${ESC}]0;title\u0007c${ESC}[999999999mz\u202a`;
    const pieces = readAnsi(raw);
    let at = 0;
    for (const piece of pieces) {
      assert.ok(piece.at >= at);
      at = piece.at + piece.length;
    }
    assert.equal(at, raw.length);
  });

  it('is copied without anything that acts where it is pasted', () => {
    assert.equal(plainText(`rm ${ESC}[31m-rf${ESC}[0m\u202e x\r\nnext\ttab`), 'rm -rf x\nnext\ttab');
    assert.equal(isPlain('a\tb'), true);
    assert.equal(isPlain('a\u0008b'), false);
    assert.deepEqual(shown('a\u0008b'), ['a', '[^H]', 'b'], 'also after it was looked at');
  });

  it('is found as it is typed, as a whole word, and as a regular expression', () => {
    const found = (match: Partial<Parameters<typeof patternOf>[0]>, text: string): string[] =>
      rangesIn(patternOf({ text: '', regex: false, wholeWord: false, matchCase: false, ...match }), text).map(({ from, to }) =>
        text.slice(from, to),
      );
    assert.deepEqual(found({ text: 'a.c' }, 'abc A.C a.c'), ['A.C', 'a.c']);
    assert.deepEqual(found({ text: 'a.c', matchCase: true, regex: true }, 'abc A.C a.c'), ['abc', 'a.c']);
    assert.deepEqual(found({ text: 'err', wholeWord: true }, 'error err Err. überr err'), ['err', 'Err', 'err']);
    assert.deepEqual(found({ text: 'x*', regex: true }, 'axxb'), ['xx']);
    const pattern = patternOf({ text: 'b', regex: false, wholeWord: false, matchCase: false });
    assert.deepEqual([holds(pattern, 'abb'), rangesIn(pattern, 'abb').length, holds(pattern, 'b')], [true, 2, true]);
    assert.equal(faultOf({ text: '(a', regex: true, wholeWord: false, matchCase: false }), 'Unterminated group');
    assert.equal(faultOf({ text: '(a', regex: false, wholeWord: false, matchCase: false }), undefined);
  });

  it('is coloured as JSON and as code', () => {
    const tokens = (pieces: { text: string; token?: string }[]): string[] =>
      pieces.flatMap(({ text, token }) => (token ? [`${token} ${text}`] : []));
    assert.deepEqual(tokens(readJson('{"a": [1, -2.5e3, true], "b\\"": "c:d"}')), [
      'key "a"',
      'number 1',
      'number -2.5e3',
      'word true',
      'key "b\\""',
      'string "c:d"',
    ]);
    assert.deepEqual(tokens(readCode('const a = 1; // one', 'ts')), ['word const', 'number 1', 'comment // one']);
    assert.deepEqual(tokens(readCode("def f(): return '#' # x", 'py')), ['word def', 'word return', "string '#'", 'comment # x']);
    assert.deepEqual(tokens(readCode('if this is text', 'text')), []);
  });
});
