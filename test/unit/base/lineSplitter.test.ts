import assert from 'node:assert/strict';
import { LineSplitter, MAX_LINE } from '../../../src/server/base/lineSplitter';

function split(chunks: Iterable<Buffer>): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

describe('Line splitter', () => {
  it('makes the same lines however the bytes are cut, also inside a character', () => {
    const bytes = Buffer.from('naïve\r\n\n日本語 🗼 tower\nlast');
    for (let size = 1; size <= bytes.length; size++) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
      assert.deepEqual(split(chunks), ['naïve', '', '日本語 🗼 tower', 'last'], `chunks of ${size}`);
    }
  });

  it('cuts a line without end at 64 KiB, counts the rest and reads on', () => {
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    const lines = split([...Array.from({ length: 100 }, () => megabyte), Buffer.from('\nnext\n')]);
    assert.equal(lines.length, 2);
    assert.equal(lines[0], `${'x'.repeat(MAX_LINE)}… [cut: ${100 * megabyte.length - MAX_LINE} bytes more]`);
    assert.equal(lines[1], 'next');
  });

  it('cuts between characters', () => {
    const [line = ''] = split([Buffer.from(`a${'🗼'.repeat(MAX_LINE)}\n`)]);
    const whole = Math.floor((MAX_LINE - 1) / 4);
    assert.ok(line === `a${'🗼'.repeat(whole)}… [cut: ${4 * (MAX_LINE - whole)} bytes more]`, line.slice(-60));
  });
});
