import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Command, Context, Panel, Setting, View, WALKTHROUGH } from '../../src/extension/manifest';
import { HostStage } from './stage';

interface Contributed {
  contributes: {
    commands: { command: string; title: string; category?: string }[];
    views: Record<string, { id: string }[]>;
    menus: Record<string, { command: string; when?: string; group?: string }[]>;
    keybindings: { command: string; key: string; mac?: string; when?: string }[];
    configuration: { properties: Record<string, { scope?: string }> }[];
    viewsWelcome?: { view: string; contents: string; when?: string }[];
    walkthroughs: { id: string; steps: { id: string; description: string; media: { svg: string }; completionEvents: string[] }[] }[];
  };
  capabilities: { untrustedWorkspaces: { supported: unknown; restrictedConfigurations: string[] } };
}

describe('The manifest', () => {
  let stage: HostStage;
  let contributes: Contributed['contributes'];
  let capabilities: Contributed['capabilities'];
  before(async () => {
    stage = await HostStage.open();
    ({ contributes, capabilities } = stage.manifest as unknown as Contributed);
  });

  const known = (): string[] => Object.values(Command).sort();
  const own = (command: string): boolean =>
    command.startsWith('tasktower.') && !Object.values(View).some((view) => command.startsWith(`${view}.`));

  it('names the commands that the code has, each with a title', () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), known());
    for (const { command, title, category } of contributes.commands) assert.ok(title && category === 'Tasktower', command);
  });

  it('names no command that is not registered, and none is registered that it does not name', async () => {
    assert.deepEqual((await vscode.commands.getCommands(true)).filter(own).sort(), known());
  });

  it('has the three views, and the editor has them too', async () => {
    const views = Object.values(contributes.views).flatMap((list) => list.map(({ id }) => id));
    assert.deepEqual(views, Object.values(View));
    const commands = new Set(await vscode.commands.getCommands(true));
    for (const view of views) assert.ok(commands.has(`${view}.focus`), view);
  });

  it('leads from no menu, key or welcome text to a command that does not exist', async () => {
    const commands = new Set(await vscode.commands.getCommands(true));
    const menus = Object.entries(contributes.menus).flatMap(([menu, items]) => items.map(({ command }) => [menu, command] as const));
    const keys = contributes.keybindings.map(({ command, key }) => [key, command] as const);
    const links = (contributes.viewsWelcome ?? []).flatMap(({ view, contents }) =>
      [...contents.matchAll(/\(command:([\w.]+)/g)].map(([, command = '']) => [view, command] as const),
    );
    const steps = contributes.walkthroughs.flatMap(({ steps }) =>
      steps.flatMap(({ id, description, completionEvents }) =>
        [...`${description} ${completionEvents.join(' ')}`.matchAll(/[cC]ommand:([\w.]+)/g)].map(
          ([, command = '']) => [id, command] as const,
        ),
      ),
    );
    for (const places of [menus, keys, links, steps]) assert.ok(places.length > 0);
    for (const [place, command] of [...menus, ...keys, ...links, ...steps]) assert.ok(commands.has(command), `${place}: ${command}`);
  });

  it('asks in its conditions for views and context keys that exist', () => {
    const welcome = contributes.viewsWelcome ?? [];
    const conditions = [...Object.values(contributes.menus).flat(), ...contributes.keybindings, ...welcome].flatMap(
      ({ when }) => when ?? [],
    );
    for (const condition of conditions) {
      for (const [, name = ''] of condition.matchAll(/\b(?:view|focusedView) == ([\w.]+)/g)) {
        assert.ok(Object.values<string>(View).includes(name), condition);
      }
      for (const [, name = ''] of condition.matchAll(/\b(?:webviewId|activeWebviewPanelId) == '?([\w.]+)/g)) {
        assert.ok(Object.values<string>(Panel).includes(name), condition);
      }
      const keys = condition.replace(/== '?[\w.]+'?|=~ \/.*?\/(?=\s|\)|$)/g, '').matchAll(/\btasktower\.\w+/g);
      for (const [key] of keys) assert.ok(Object.values<string>(Context).includes(key), condition);
    }
  });

  it('has a walkthrough under the id that the code opens, with a picture for each step', () => {
    const [walkthrough] = contributes.walkthroughs;
    assert.equal(WALKTHROUGH, `tasktower.tasktower#${walkthrough?.id}`);
    for (const { id, media } of walkthrough?.steps ?? []) {
      const picture = readFileSync(join(stage.folder, media.svg), 'utf8');
      assert.ok(picture.includes('var(--vscode-foreground)') && !/#[0-9a-f]{3,8}\b/i.test(picture.replace(/#\d+ /g, '')), id);
    }
  });

  it('declares every setting that the code reads', () => {
    const declared = contributes.configuration.flatMap(({ properties }) => Object.keys(properties));
    for (const setting of Object.values(Setting)) {
      assert.ok(
        declared.some((name) => name === `tasktower.${setting}` || name.startsWith(`tasktower.${setting}.`)),
        setting,
      );
    }
  });

  it('lets a folder that is not trusted neither start programs nor open the port', () => {
    const { supported, restrictedConfigurations } = capabilities.untrustedWorkspaces;
    assert.equal(supported, 'limited');
    assert.ok(restrictedConfigurations.includes('tasktower.agents'));
    // The port cannot come from a folder anyway.
    const port = contributes.configuration.flatMap(({ properties }) => properties['tasktower.server.port'] ?? []);
    assert.deepEqual(
      port.map(({ scope }) => scope),
      ['machine'],
    );
  });

  it('takes no default key of the editor away', async () => {
    const defaults = await vscode.workspace.openTextDocument(vscode.Uri.parse('vscode://defaultsettings/keybindings.json'));
    const bindings = JSON.parse(defaults.getText().replace(/^\s*\/\/.*$/gm, '')) as { key: string; command: string }[];
    assert.ok(bindings.length > 500, `only ${bindings.length} default keys were read`);
    const next = contributes.keybindings.find(({ command }) => command === Command.nextNeedsMe);
    assert.equal(next?.key, 'ctrl+k n');
    const taken = bindings.filter(({ key, command }) => key.startsWith(next.key) && !command.startsWith('tasktower.'));
    assert.deepEqual(taken, []);
  });
});
