import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HumanError } from '../../../src/server/base/errors';
import { Metric } from '../../../src/server/domain/evidence';
import { Finding } from '../../../src/server/domain/finding';
import { filePath } from '../../../src/server/proof/reports/filePath';
import { readReport } from '../../../src/server/proof/reports/readReport';
import { pseudoRandom } from '../../support/pseudoRandom';

const FIXTURES = join(__dirname, '..', '..', '..', '..', 'test', 'fixtures', 'reports');
const NAMES = [
  'axe.json',
  'lighthouse.json',
  'scan.sarif',
  'junit-node.xml',
  'junit-pytest.xml',
  'lcov.info',
  'cobertura.xml',
  'eslint.json',
];
const MIB = 1024 * 1024;

const textOf = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');

/** The error for people that reading ends in; its text has a next step and is one short line. */
function refusal(bytes: Uint8Array | string, name?: string): string {
  try {
    const report = readReport(bytes, name ? { name } : {});
    assert.fail(report ? `read as ${report.format}` : 'not recognised');
  } catch (error) {
    assert.ok(error instanceof HumanError, String(error));
    assert.match(error.message, /^[^\n]{20,400}\.$/);
    return error.message;
  }
}

const eslint = (message: unknown, filePath = 'a.js'): string => JSON.stringify([{ filePath, messages: [message] }]);
const sarif = (result: unknown, run: object = {}): string => JSON.stringify({ version: '2.1.0', runs: [{ ...run, results: [result] }] });

describe('Reports that are bad', () => {
  it('are not reports when they are something else', () => {
    const others = [
      '',
      ' \n',
      'hello',
      '{}',
      '[]',
      'null',
      '{"runs":3}',
      '{"version":"1.0","runs":[]}',
      '<html></html>',
      '<!doctype html><p>',
      '<',
      '<?xml?>',
    ];
    for (const text of [
      ...others,
      '<svg xmlns="x"><testsuite/></svg>',
      '{"a":',
      '<coverage clover="3"><project/></coverage>',
      '<constructor/>',
      'TN',
      '[1,2',
      '"runs":[',
    ]) {
      assert.equal(readReport(text), undefined, text);
      assert.equal(readReport(Buffer.from(text)), undefined, text);
    }
    for (const bytes of [Buffer.alloc(100_000), Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(64, 0xff)])
      assert.equal(readReport(bytes), undefined);
    assert.equal(readReport('[]', { name: 'eslint.json' })?.findingCount, 0);
  });

  it('are refused when they are cut off, wherever that is', () => {
    for (const name of NAMES) {
      const text = textOf(name).trimEnd();
      for (const share of [0.5, 0.9, 0.99]) {
        const format = /This (\S+) report|The \S+ of this (\S+) report/.exec(refusal(text.slice(0, Math.floor(text.length * share)), name));
        assert.ok(format, name);
      }
      assert.ok(readReport(text, { name }), name);
    }
  });

  it('end in a report, nothing or an error for people when any byte is changed', () => {
    const random = pseudoRandom(7);
    for (const name of NAMES) {
      const bytes = readFileSync(join(FIXTURES, name));
      for (let round = 0; round < 60; round++) {
        const changed = Buffer.from(bytes);
        for (let n = 0; n < 5; n++) changed[random(changed.length)] = random(256);
        try {
          for (const finding of readReport(changed, { root: '/home/ada/shop' })?.findings ?? []) Finding.parse(finding);
        } catch (error) {
          assert.ok(error instanceof HumanError, `${name}: ${String(error)}`);
        }
      }
    }
  });

  it('are refused when they are larger than 64 MiB, with their format', () => {
    const padding = ' '.repeat(65 * MIB);
    assert.match(refusal(`${textOf('eslint.json')}${padding}`), /^This ESLint report is larger than 64 MiB/);
    assert.match(refusal(Buffer.from(`${textOf('junit-node.xml')}${padding}`)), /^This JUnit report/);
    assert.match(refusal(Buffer.from(`${textOf('lcov.info')}${padding}`)), /^This lcov report/);
    assert.equal(readReport(Buffer.alloc(65 * MIB)), undefined);
    assert.equal(readReport(`{"a":1}${padding}`), undefined);
  });

  it('cannot expand entities: a billion laughs and an external entity are refused', () => {
    const laughs = [
      '<!ENTITY lol "lol">',
      ...Array.from({ length: 9 }, (_, n) => `<!ENTITY lol${n + 1} "${`&lol${n || ''};`.repeat(10)}">`),
    ].join('');
    const suite = '<testsuite name="&lol9;"><testcase name="a"><failure>&lol9;</failure></testcase></testsuite>';
    assert.match(refusal(`<?xml version="1.0"?><!DOCTYPE lolz [${laughs}]>${suite}`), /declares entities/);
    assert.match(refusal(`<!DOCTYPE testsuite [<!ENTITY xxe SYSTEM "file:///etc/passwd">]><testsuite name="&xxe;"/>`), /declares entities/);
    assert.match(
      refusal(`<!DOCTYPE coverage SYSTEM "x.dtd" [<!ENTITY % p SYSTEM "http://evil.example/x">%p;]><coverage line-rate="1"/>`),
      /declares entities/,
    );
    for (const hidden of [
      `<testsuite><!DOCTYPE x [<!ENTITY y "z">]>&y;</testsuite>`,
      '<testsuite><!DOCTYPE x [<!ENTITY y "z">]></testsuite>',
    ])
      assert.match(refusal(hidden), /declares entities|broken/);
    assert.equal(readReport(`<!DOCTYPE svg [<!ENTITY ns "x">]><svg/>`), undefined);
  });

  it('leave references alone that no document may declare', () => {
    const report = readReport('<testsuite><testcase name="&lol; &nbsp; &#65;&#x42;&#1114112; &amp;lt;"><failure/></testcase></testsuite>');
    assert.equal(report?.findings[0]?.rule, '&lol; &nbsp; AB&#1114112; &lt;');
  });

  it('are refused when XML is nested too deep, broken or has reserved names', () => {
    assert.match(refusal(`${'<testsuite>'.repeat(100_000)}${'</testsuite>'.repeat(100_000)}`), /broken \(.*nested/i);
    for (const xml of [
      '<testsuite><testcase></testsuite>',
      '<testsuite name=1/>',
      '<testsuite>< </testsuite>',
      '<testsuite><a b="1" b="2"/></testsuite>',
    ])
      assert.match(refusal(xml), /XML of this JUnit report is broken/);
    for (const name of ['__proto__', 'constructor']) assert.match(refusal(`<testsuite><${name} a="1"/></testsuite>`), /broken/);
    const safe = readReport('<testsuite><testcase toString="1" name="a" hasOwnProperty="2"/></testsuite>');
    assert.equal(safe?.metrics[0]?.value, 1);
    assert.match(refusal(`<testsuite>${'<a/>'.repeat(9_000_000)}</testsuite>`), /too many/);
  });

  it('do not overflow the stack when JSON is 100,000 deep', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    assert.equal(
      readReport(sarif({ message: { text: 'x' }, properties: 0 }).replace('"properties":0', `"properties":${deep}`))?.findingCount,
      1,
    );
    assert.equal(readReport(`{"runs":[${deep}],"version":"2.1.0"}`)?.findingCount, 0);
    assert.equal(readReport(eslint({ severity: 2, message: 'x', fix: 0 }).replace('"fix":0', `"fix":${deep}`))?.findingCount, 1);
    assert.match(refusal(`{"runs":[${'['.repeat(100_000)}`), /SARIF/);
  });

  it('are refused when they would not fit into memory', () => {
    for (const part of ['{},', '[],']) assert.match(refusal(`{"runs":[${part.repeat(8_000_001)}0]}`), /more than 8000000 parts/);
  });

  it('are refused or cleaned when numbers cannot be', () => {
    const lighthouse = (score: string, value: string): string =>
      `{"lighthouseVersion":"12","categories":{"performance":{"score":${score}}},"audits":{"largest-contentful-paint":{"numericValue":${value}}}}`;
    for (const score of ['1e999', '-0.5', '1.5', '100']) assert.match(refusal(lighthouse(score, '1')), /between 0 and 100/);
    for (const value of ['1e999', '-1', '1e300', 'null', '"9"']) assert.deepEqual(readReport(lighthouse('null', value))?.metrics, []);
    const suite = readReport(
      '<testsuite tests="1e999" failures="-3" errors="NaN" skipped="1.5" time="-1"><testcase name="a" time="Infinity"/></testsuite>',
    );
    assert.deepEqual(
      suite?.metrics.map(({ value }) => value),
      [1, 0, 0, 0, 0],
    );
    for (const rate of ['7', 'NaN', '-1', 'x'])
      assert.match(refusal(`<coverage line-rate="${rate}"><packages/></coverage>`), /between 0 and 100/);
    const lcov = readReport('SF:a\nDA:NaN,1\nDA:1e999,Infinity\nLF:1e999\nLH:-4\nBRF:99999999999999999999\nend_of_record');
    for (const metric of lcov?.metrics ?? []) assert.ok(Metric.parse(metric).value <= 100);
    for (const line of [0, -1, 1.5, 1e300, '3', null])
      assert.equal(readReport(eslint({ severity: 2, message: 'x', line, column: 2 }))?.findings[0]?.line, undefined);
  });

  it('are refused when SARIF has another version', () => {
    assert.match(refusal('{"$schema":"http://json.schemastore.org/sarif-1.0.0","version":"1.0.0","runs":[]}'), /only 2\.1\.0 is read/);
  });

  it('have hostile strings cut and cleaned', () => {
    const report = readReport(
      sarif({
        ruleId: `\u202e\u0000evil\n${'r'.repeat(9_000)}`,
        message: { text: `a\u0007b\r\n  c ${'{0}'.repeat(3_000)}`, arguments: ['x'.repeat(MIB)] },
        locations: [{ physicalLocation: { artifactLocation: { uri: 'a.js' }, region: { startLine: 3, startColumn: 0 } } }],
      }),
    );
    const [finding] = report?.findings ?? [];
    assert.equal(finding?.rule.length, 200);
    assert.match(finding?.rule ?? '', /^evil r+…$/);
    assert.match(finding?.message ?? '', /^ab c x+…$/);
    assert.equal(finding?.message.length, 1000);
    assert.deepEqual([finding?.file, finding?.line, finding?.column], ['a.js', 3, undefined]);
    const odd = readReport(
      sarif({ ruleId: 7, message: 3, locations: 'x', level: '__proto__', rule: { index: 1e9, toolComponent: { index: -1 } } }),
    );
    assert.deepEqual(odd?.findings, [{ category: 'quality', severity: 'warning', rule: 'unnamed', message: 'No message.' }]);
  });

  it('link only to web addresses', () => {
    const help = (helpUri: string): string | undefined =>
      readReport(sarif({ ruleId: 'r', ruleIndex: 0 }, { tool: { driver: { rules: [{ id: 'r', helpUri }] } } }))?.findings[0]?.helpUrl;
    assert.equal(help('https://example.com/r'), 'https://example.com/r');
    for (const uri of [
      'javascript:alert(1)',
      'command:workbench.action.quit',
      'file:///etc/passwd',
      'https://',
      'data:text/html,x',
      `https://e.com/${'ü'.repeat(400)}`,
    ])
      assert.equal(help(uri), undefined, uri);
  });

  it('name no file outside the root', () => {
    const root = '/home/ada/shop';
    for (const [path, expected] of [
      ['src/a.js', 'src/a.js'],
      ['./src//x/../a.js', 'src/a.js'],
      ['src\\win\\a.js', 'src/win/a.js'],
      ['/home/ada/shop/src/a.js', 'src/a.js'],
      ['file:///home/ada/shop/a%20b.js#L1', 'a b.js'],
      ['file://localhost/home/ada/shop/a.js', 'a.js'],
      ['/home/ada/shop/../shop/a.js', 'a.js'],
      ['../a.js', undefined],
      ['a/../../b.js', undefined],
      ['..\\..\\b.js', undefined],
      ['/home/ada/shop/../secret', undefined],
      ['/home/ada/shopping/a.js', undefined],
      ['/home/ada/shop', undefined],
      ['file:///home/ada/shop/%2e%2e/secret', undefined],
      ['file:///home/ada/shop/%00.js', undefined],
      ['file:///home/ada/shop/%zz', undefined],
      ['file://evil.example/home/ada/shop/a.js', undefined],
      ['//evil.example/share/a.js', undefined],
      ['C:\\Windows\\a.js', undefined],
      ['C:a.js', undefined],
      ['http://localhost/src/a.js', undefined],
      ['webpack://shop/src/a.js', undefined],
      ['a\u0000b', undefined],
      ['a\u202eb', undefined],
      ['x'.repeat(1001), undefined],
      ['', undefined],
      ['.', undefined],
    ] as const)
      assert.equal(filePath(path, root), expected, path);
    assert.equal(filePath('/src/a.js'), undefined);
    assert.equal(filePath('c:\\Shop\\Src\\A.ts', 'C:/shop'), 'Src/A.ts');
    assert.equal(filePath('file:///C%3A/shop/a.ts', 'c:\\shop'), 'a.ts');
    const uris = (uri: string, base: string): string | undefined =>
      readReport(
        sarif(
          { locations: [{ physicalLocation: { artifactLocation: { uri, uriBaseId: 'B' } } }] },
          { originalUriBaseIds: { B: { uri: base, uriBaseId: 'B' } } },
        ),
        { root },
      )?.findings[0]?.file;
    assert.equal(uris('a.js', 'src/'), 'src/'.repeat(10) + 'a.js');
    assert.equal(uris('a.js', 'file:///home/ada/shop/src/'), 'src/a.js');
    assert.equal(uris('../../../etc/passwd', 'file:///home/ada/shop/'), undefined);
    assert.equal(uris('a.js', 'http://example.com/'), 'a.js');
    assert.equal(uris('%2e%2e/%2e%2e/etc/passwd', ''), undefined);
  });

  it('keep 2,000 findings, the worst first, and tell the real count', () => {
    const messages = Array.from({ length: 5_000 }, (_, n) => ({ severity: n % 10 === 9 ? 2 : 1, ruleId: `r${n}`, message: 'm' }));
    const report = readReport(JSON.stringify([{ filePath: 'a.js', messages }]));
    assert.equal(report?.findingCount, 5_000);
    assert.equal(report?.findings.length, 2_000);
    assert.equal(report?.findings.filter(({ severity }) => severity === 'error').length, 500);
    assert.deepEqual([report?.findings[0]?.rule, report?.findings[500]?.rule], ['r9', 'r0']);
  });
});
