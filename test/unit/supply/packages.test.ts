import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

interface Package {
  name: string;
  version: string;
  licence: unknown;
  texts: string[];
}
interface NoticesScript {
  NOTICES: string;
  isAllowed(expression: string): boolean;
  bundledPackages(): Package[];
  noticesOf(packages: Package[]): string;
}
interface Manifest {
  scripts: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies: Record<string, string>;
}
interface Lock {
  packages: Record<string, { version: string; resolved?: string; integrity?: string; hasInstallScript?: true }>;
}

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

describe('The packages that Tasktower is made of', () => {
  const manifest = json('package.json') as Manifest;
  const { packages } = json('package-lock.json') as Lock;
  let script: NoticesScript;
  let bundled: Package[];
  before(async () => {
    script = (await import(join(resolve('scripts'), 'notices.mjs'))) as NoticesScript;
    bundled = script.bundledPackages();
  });

  it('have exact versions, come from the npm registry, and their bytes are known', () => {
    for (const [name, version] of Object.entries(manifest.devDependencies)) assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
    for (const [path, { resolved, integrity }] of Object.entries(packages)) {
      if (path === '') continue;
      // Without an address npm asks the registry it is set to; the hash holds either way.
      assert.match(resolved ?? 'https://registry.npmjs.org/', /^https:\/\/registry\.npmjs\.org\//, path);
      assert.match(integrity ?? '', /^sha512-/, path);
    }
  });

  it('need no script when the extension is installed', () => {
    assert.equal(manifest.dependencies, undefined, 'all is bundled');
    for (const name of Object.keys(manifest.scripts)) assert.doesNotMatch(name, /^(pre|post)?(install|prepare|uninstall)$|^vscode:/, name);
    const shipped = new Set(bundled.map(({ name, version }) => `${name}@${version}`));
    const scripted = Object.entries(packages).flatMap(([path, { version, hasInstallScript }]) =>
      hasInstallScript ? [`${path.replace(/^.*node_modules\//, '')}@${version}`] : [],
    );
    assert.deepEqual(
      scripted.filter((name) => shipped.has(name)),
      [],
    );
    const kept = readFileSync('.vscodeignore', 'utf8').split('\n');
    assert.equal(kept[0], '**/*', 'only what is named goes along');
    assert.deepEqual(
      kept.filter((line) => /node_modules|\.node$/.test(line)),
      [],
    );
  });

  it('stand in the notices that go with the extension, each with a licence that is allowed', () => {
    assert.ok(bundled.length > 50);
    const isFresh = readFileSync(script.NOTICES, 'utf8') === script.noticesOf(bundled);
    assert.ok(isFresh, `${script.NOTICES} is stale. Run npm run notices.`);
    assert.ok(readFileSync('.vscodeignore', 'utf8').includes(`\n!${script.NOTICES}\n`));
  });

  it('are refused when their licence is not allowed or has no text', () => {
    const good = { name: 'good', version: '1.0.0', licence: 'MIT', texts: ['Do as you like.'] };
    assert.match(script.noticesOf([good]), /good 1\.0\.0 \(MIT\)\n\nDo as you like\./);
    for (const licence of ['GPL-3.0-only', 'UNLICENSED', 'SEE LICENSE IN LICENSE', undefined, 'MIT AND GPL-2.0-only'])
      assert.throws(() => script.noticesOf([good, { ...good, name: 'bad', licence }]), /may not be bundled:\nbad@1\.0\.0 has the licence/);
    assert.throws(() => script.noticesOf([{ ...good, texts: [] }]), /good@1\.0\.0 has no licence text/);
    for (const licence of ['(MIT OR GPL-3.0-only)', 'MIT AND ISC', '0BSD']) assert.ok(script.isAllowed(licence), licence);
  });
});
