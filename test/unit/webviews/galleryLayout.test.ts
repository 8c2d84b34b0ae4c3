import assert from 'node:assert/strict';
import { cellsBetween, gridShape, layOut, LIST, scrollTo, STRIP } from '../../../src/webviews/evidence/galleryLayout';
import { galleryRows, matching, seenPictures } from '../../../src/webviews/evidence/galleryRows';
import type { Picture } from '../../../src/webviews/evidence/picture';

const picture = (key: string, group: Picture['group']): Picture => ({ key, label: `${key}@1280x800`, name: key, group });
const some = [picture('login', 'changed'), picture('cart', 'changed'), picture('menu', 'new'), picture('about', 'unchanged')];
const keys = (filter = '', toggled: Picture['group'][] = []): string[] => galleryRows(some, filter, toggled).map(({ key }) => key);

describe('The gallery', () => {
  it('has a head for each group that is not empty, and leaves Unchanged closed until it is opened', () => {
    assert.deepEqual(keys(), ['group:changed', 'login', 'cart', 'group:new', 'menu', 'group:unchanged']);
    assert.deepEqual(keys('', ['unchanged', 'new']), ['group:changed', 'login', 'cart', 'group:new', 'group:unchanged', 'about']);
    assert.deepEqual(
      seenPictures(galleryRows(some, '', [])).map(({ key }) => key),
      ['login', 'cart', 'menu'],
    );
  });

  it('opens every group while it is filtered, by all words in any order', () => {
    assert.deepEqual(keys('1280 ABOUT'), ['group:unchanged', 'about']);
    assert.deepEqual(matching(some, 'about menu'), []);
    assert.deepEqual(keys('nothing'), []);
  });

  it('places pictures below each other, beside each other in a grid, and in a row as a strip', () => {
    const rows = galleryRows(some, '', []);
    const places = (shape: typeof LIST) => layOut(rows, shape).cells.map(({ row, start, column }) => `${row.key} ${start}/${column}`);
    assert.deepEqual(places(LIST), [
      'group:changed 0/0',
      'login 24/0',
      'cart 172/0',
      'group:new 320/0',
      'menu 344/0',
      'group:unchanged 492/0',
    ]);
    assert.deepEqual(places(gridShape(500)), [
      'group:changed 0/0',
      'login 24/0',
      'cart 24/1',
      'group:new 208/0',
      'menu 232/0',
      'group:unchanged 416/0',
    ]);
    assert.equal(layOut(rows, LIST).length, 516);
    assert.equal(layOut(rows, STRIP).length, 32 * 3 + 104 * 3);
    assert.equal(gridShape(100).columns, 1);
  });

  it('renders only what is in sight and a margin', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => picture(`p${n}`, 'changed'));
    const { cells, length } = layOut(galleryRows(many, '', []), LIST);
    const seen = cellsBetween(cells, 10_000, 10_800, 300);
    assert.equal(length, 24 + 5_000 * 148);
    assert.ok(seen.length < 12 && seen.length >= 9, String(seen.length));
    assert.ok(seen[0] && seen[0].start <= 9_700 && seen[0].start + 148 > 9_700);
  });

  it('scrolls no further than needed', () => {
    const cell = { ...layOut(galleryRows(some, '', []), LIST).cells[2]!, start: 500, length: 148 };
    assert.equal(scrollTo(cell, 0, 400), 248);
    assert.equal(scrollTo(cell, 600, 400), 500);
    assert.equal(scrollTo(cell, 300, 400), 300);
  });
});
