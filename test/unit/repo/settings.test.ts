import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { SETTING_MOVES } from '../../../src/extension/settingMoves';
import { AgentConfig } from '../../../src/server/domain/agent';
import { parseRequirement, REQUIREMENT_PATTERN } from '../../../src/server/domain/requirement';

interface Property {
  type: string | string[];
  default?: unknown;
  scope?: string;
  order?: number;
  markdownDescription?: string;
  items?: { pattern?: string; properties?: object };
}
interface Manifest {
  contributes: { configuration: { title: string; order: number; properties: Record<string, Property> }[] };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
}

describe('The settings', () => {
  const { contributes, capabilities } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const groups = contributes.configuration;
  const all = groups.flatMap(({ properties }) => Object.entries(properties));

  it('are in groups with a title, in an order that is said', () => {
    assert.ok(groups.length > 1);
    for (const { title, properties } of groups) {
      const orders = Object.values(properties).map(({ order }) => order);
      assert.deepEqual(
        orders,
        orders.map((_, at) => at + 1),
        title,
      );
    }
  });

  const sentences = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;

  it('each have a default, a scope and a sentence in Markdown', () => {
    for (const [name, { default: usual, scope, markdownDescription = '' }] of all) {
      assert.notEqual(usual, undefined, name);
      assert.ok(['window', 'machine', 'application'].includes(scope ?? ''), name);
      assert.match(sentences[markdownDescription.slice(1, -1)] ?? '', /^[A-Z`].*[.)]$/s, name);
    }
  });

  it('that there ever were are still read: under their name, or moved to another', () => {
    const ever = JSON.parse(readFileSync('test/fixtures/settings.json', 'utf8')) as string[];
    const now = new Set(all.map(([name]) => name));
    const moved = new Map(SETTING_MOVES.map(({ from, to }) => [`tasktower.${from}`, `tasktower.${to}`]));
    assert.deepEqual(
      [...now].filter((name) => !ever.includes(name)),
      [],
      'a new setting belongs into test/fixtures/settings.json',
    );
    for (const name of ever) assert.ok(now.has(name) !== now.has(moved.get(name) ?? ''), `${name} is lost to those who have it`);
  });

  it('that open a port or run programs are not taken from a folder that is not trusted', () => {
    for (const [name, { scope, type }] of all)
      if (/command|agents$|port$/.test(name) && type !== 'boolean')
        assert.ok(scope === 'machine' || capabilities.untrustedWorkspaces.restrictedConfigurations.includes(name), name);
  });

  it('have schemas that know what the code knows', () => {
    const properties = Object.fromEntries(all);
    const known = Object.keys(properties['tasktower.agents']?.items?.properties ?? {});
    for (const field of ['name', 'run', 'driver', 'command', 'worktree', 'skills']) assert.ok(known.includes(field), field);
    assert.equal(AgentConfig.safeParse({ name: 'x', nonsense: 1 }).success, false);
    assert.equal(properties['tasktower.proof.requires']?.items?.pattern, REQUIREMENT_PATTERN);
  });

  for (const text of ['signoff', 'patch', 'tests:pass', 'screenshot', 'screenshot:login@1280x800', 'diff<=0.1%', 'diff:login<=100%'])
    it(`take ${text} for proof, as the code does`, () => {
      assert.ok(new RegExp(REQUIREMENT_PATTERN).test(text) && parseRequirement(text) !== undefined);
    });
  for (const text of ['metric:accessibility.score>=90', 'metric:Performance<=-1.5'])
    it(`take ${text} for proof, as the code does`, () => {
      assert.ok(new RegExp(REQUIREMENT_PATTERN).test(text) && parseRequirement(text) !== undefined);
    });
  for (const text of ['', 'sign-off', 'tests', 'screenshot:', 'diff<=1', 'metric:>=1', 'xsignoff', 'signoffx'])
    it(`do not take "${text}" for proof, as the code does not`, () => {
      assert.ok(!new RegExp(REQUIREMENT_PATTERN).test(text) && parseRequirement(text) === undefined);
    });
});
