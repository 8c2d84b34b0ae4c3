import { globSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './node24.mjs';

/** Licences that let us ship a package inside an MIT extension when their text goes with it, by SPDX id. */
export const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'Unlicense',
  'Zlib',
]);
/** Packages under the MIT licence that do not carry its text, and whose copyright their repositories name. */
const WITHOUT_TEXT = {
  '@microsoft/fast-element': 'Copyright (c) Microsoft Corporation. All rights reserved.',
  '@microsoft/fast-foundation': 'Copyright (c) Microsoft Corporation. All rights reserved.',
  '@microsoft/fast-web-utilities': 'Copyright (c) Microsoft Corporation. All rights reserved.',
  '@nodable/entities': 'Copyright (c) Amit Gupta',
  '@vscode/l10n': 'Copyright (c) Microsoft Corporation.',
  '@redis/client': 'Copyright (c) 2022-2025, Redis, inc.',
};
export const NOTICES = 'THIRD-PARTY-NOTICES.txt';
const RULE = `\n${'-'.repeat(80)}\n\n`;
const HEAD = `Tasktower contains the packages below, each followed by its licence; those with the same text stand together.
This file is made by \`npm run notices\` from what the last build bundled.
`;

/** True for an SPDX expression of allowed licences: one of several joined with OR is enough, with AND all are needed. */
export function isAllowed(expression) {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(plain)) return false;
  return plain.split(' OR ').some((part) => part.split(' AND ').every((id) => ALLOWED.has(id.trim())));
}

/** The packages whose files a build has read, by name and version, from the list that the build leaves. */
export function bundledPackages(inputs = JSON.parse(readFileSync(join(root, 'dist', 'inputs.json'), 'utf8'))) {
  const folders = new Set(inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path));
  const packages = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(resolve(root, folder, 'package.json'), 'utf8'));
    return { name, version, licence: license, texts: textsOf(name, resolve(root, folder)) };
  });
  const known = new Map(packages.map((one) => [`${one.name}@${one.version}`, one]));
  return [...known.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** The text of the notices. @throws {Error} for a package whose licence is not allowed or whose text is missing. */
export function noticesOf(packages) {
  const problems = packages.flatMap(({ name, version, licence, texts }) => {
    if (typeof licence !== 'string' || !isAllowed(licence)) return [`${name}@${version} has the licence ${JSON.stringify(licence)}.`];
    return texts.length === 0 ? [`${name}@${version} has no licence text.`] : [];
  });
  if (problems.length > 0) throw new Error(`These packages may not be bundled:\n${problems.join('\n')}`);
  const groups = Map.groupBy(packages, ({ texts }) => texts.join('\n\n'));
  const entries = [...groups].map(([text, members]) => {
    const names = members.map(({ name, version, licence }) => `${name} ${version} (${licence})`);
    return `${names.join('\n')}\n\n${text}\n`;
  });
  return [HEAD, ...entries].join(RULE);
}

/** Licence and notice files of a package, and of what was compiled into it. */
function textsOf(name, folder) {
  const copyright = WITHOUT_TEXT[name];
  // Every build has the MIT licence at hand: our own.
  if (copyright !== undefined)
    return [
      readFileSync(join(root, 'LICENSE'), 'utf8')
        .replace(/^Copyright .*$/m, copyright)
        .trim(),
    ];
  const files = globSync('{,*/}{LICEN[CS]E,LICEN[CS]E[.-]*,licen[cs]e,licen[cs]e.*,COPYING*,NOTICE,NOTICE.*}', { cwd: folder }).filter(
    (file) => !file.startsWith('node_modules'),
  );
  return files.sort().map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const path = join(root, NOTICES);
  const text = noticesOf(bundledPackages());
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    if (process.argv.includes('--check')) {
      console.error(`Stale: ${NOTICES}. Run npm run notices.`);
      process.exit(1);
    }
    writeFileSync(path, text);
  }
}
