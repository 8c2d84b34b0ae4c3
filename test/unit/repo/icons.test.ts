import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';

const SOURCES = ['src/webviews/**/*.{ts,tsx}', 'src/server/domain/**/*.ts'];
/** How rows, pages and buttons name an icon. */
const NAMED = /\bicon(?:: |=|=\{)['"]([a-z][a-z0-9-]*)|<Icon name="([a-z][a-z0-9-]*)"/g;

describe('The icons', () => {
  const named = new Set(
    SOURCES.flatMap((glob) => globSync(glob)).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(NAMED)].map(([, inRow, inPage]) => inRow ?? inPage ?? ''),
    ),
  );

  for (const folder of ['dist/webviews', 'dist/web'])
    it(`that pages name are all in the style of ${folder}, which is small`, () => {
      const css = readFileSync(`${folder}/codicon.css`, 'utf8');
      assert.ok(named.size > 40, `${named.size} icons`);
      assert.deepEqual(
        [...named].filter((name) => !css.includes(`.codicon-${name}:before`)),
        [],
      );
      assert.ok(statSync(`${folder}/codicon.css`).size < 40_000);
    });
});
