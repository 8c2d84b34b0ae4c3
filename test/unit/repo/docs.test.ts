import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { DriverName } from '../../../src/server/domain/drivers';
import { linksIn } from '../../../src/server/runner/folderCheck/trouble';

interface Manifest {
  scripts: Record<string, string>;
  contributes: {
    commands: { command: string; title: string }[];
    configuration: { properties: object } | { properties: object }[];
  };
}

/** What the plan names: ports, numbers, addresses and drawn things. */
const PLAN =
  '3000 4000 6379 8000 8010 8011 React Vite TailwindCSS Recharts Socket.IO FastAPI Pydantic Redis SQLite Docker Nginx JWT CORS "65%" "2.3% change" [⋮] Swarm Security "Code Gen" 🟢 🟡 🔴 ⚫ 100+ 1000+';

describe('The documents', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const files = [...globSync('docs/*.md'), ...globSync('*.md'), ...globSync('examples/**/*.md')].map((file) => file.replaceAll('\\', '/'));
  const read = (file: string): string => readFileSync(file, 'utf8');
  const each = (pattern: RegExp, check: (found: string, file: string) => void): void => {
    for (const file of files) for (const [, found = ''] of read(file).matchAll(pattern)) check(found, file);
  };

  it('link to nothing that is not there', () => {
    const broken = files.flatMap((file) => linksIn(file, read(file)).filter(({ target }) => !existsSync(target)));
    assert.deepEqual(
      broken.map(({ file, line, text }) => `${file}:${line} ${text}`),
      [],
    );
  });

  it('name the test of each promise of the plan, and it is there', () => {
    const rows = [...read('docs/from-the-plan.md').matchAll(/\]\(\.\.\/(test\/[^)]+)\)(?: "(.+?)" \|)?/g)];
    assert.ok(rows.length > 50, `${rows.length} rows`);
    for (const [, file = '', title] of rows) {
      const source = read(file).replaceAll("\\'", "'");
      assert.ok(title === undefined || source.includes(title), `${file} has no test "${title}"`);
      assert.ok(title !== undefined || file.startsWith('test/bench/'), `${file} has no title`);
    }
  });

  it('leave out nothing that the plan names', () => {
    const text = read('docs/from-the-plan.md');
    for (const [, quoted, word = quoted ?? ''] of PLAN.matchAll(/"([^"]+)"|(\S+)/g)) assert.ok(text.includes(word), word);
  });

  it('name npm scripts, commands and settings that there are', () => {
    each(/\bnpm run ([a-z0-9:]+)/g, (name, file) => assert.ok(manifest.scripts[name] !== undefined, `${file}: npm run ${name}`));
    const sentences = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;
    const titles = manifest.contributes.commands.map(({ title }) => sentences[title.slice(1, -1)] ?? title);
    each(/`Tasktower: ([^`]+)`/g, (title, file) => assert.ok(titles.includes(title), `${file}: Tasktower: ${title}`));
    const settings = [manifest.contributes.configuration].flat().flatMap(({ properties }) => Object.keys(properties));
    const commands = manifest.contributes.commands.map(({ command }) => command);
    each(/`(tasktower\.[a-zA-Z.]+[a-zA-Z])`/g, (name, file) => {
      const isThere = [...settings, ...commands].some((one) => one === name || one.startsWith(`${name}.`));
      assert.ok(isThere || existsSync(name), `${file}: ${name}`);
    });
  });

  it('lead to the file for one more driver, report reader or REST call: all there are stand where they say', () => {
    for (const [, path = ''] of read('docs/architecture.md').matchAll(/`((?:src|test)\/[\w./]+)`/g)) assert.ok(existsSync(path), path);
    const table = read('src/server/runner/drivers/table.ts');
    const drivers = globSync('src/server/runner/drivers/*.ts').map((file) => basename(file, '.ts'));
    assert.deepEqual(drivers.sort(), [...DriverName.options, 'table'].sort());
    for (const name of DriverName.options) assert.match(table, new RegExp(`^ {2}${name}: .*'./${name}'`, 'm'));
    const readers = read('src/server/proof/reports/readReport.ts');
    for (const name of globSync('src/server/proof/reports/*.ts').map((file) => basename(file, '.ts'))) {
      const isReader = new RegExp(`export function read${name}\\(`, 'i').test(read(`src/server/proof/reports/${name}.ts`));
      if (isReader && name !== 'readReport') assert.ok(readers.includes(`'./${name}'`), `${name} is read by nobody`);
    }
    const calls = globSync('src/server/gateway/*.ts').filter((file) => /\bpath: '\/api\//.test(read(file)));
    assert.ok(calls.length > 5, `${calls.length} files with REST calls`);
    for (const file of calls) assert.match(file, /Routes?\.ts$/);
  });
});
