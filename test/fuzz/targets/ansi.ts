import assert from 'node:assert/strict';
import { isPlain, plainText, readAnsi } from '../../../src/webviews/logs/ansi';
import { readCode, readJson } from '../../../src/webviews/logs/syntax';
import { corpus, type Target } from '../target';

/** Lines of agents as the Logs panel draws and copies them. */
export function ansi(): Target {
  return {
    name: 'ansi',
    seeds: corpus('ansi'),
    mutate: (mutator, seed, other) => Buffer.from(mutator.text(seed.toString('utf8'), other.toString('utf8'))),
    read: (input) => {
      const text = input.toString('utf8');
      let at = 0;
      for (const piece of readAnsi(text)) {
        assert.ok(piece.at >= at && piece.length > 0, 'pieces follow one another');
        const between = text.slice(at, piece.at);
        assert.ok(between === '' || readAnsi(between).length === 0, 'only colours have no piece');
        assert.ok(isPlain(piece.text), `what is shown acts: ${JSON.stringify(piece.text)}`);
        if (!piece.mark) assert.equal(piece.text, text.slice(piece.at, piece.at + piece.length));
        for (const colour of [piece.look?.fg, piece.look?.bg])
          assert.ok(colour === undefined || (colour >= 0 && colour <= 15), String(colour));
        at = piece.at + piece.length;
      }
      assert.ok(isPlain(plainText(text).replaceAll('\n', '')), 'what is copied acts');
      for (const pieces of [readJson(text), readCode(text, 'ts')]) assert.equal(pieces.map((piece) => piece.text).join(''), text);
    },
  };
}
