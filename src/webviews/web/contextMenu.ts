import { runCommand } from './commands';
import { isChinese } from './language';
import type { Stage } from './stage';
import type { LogAction } from '../protocol';

/** An entry of the editor's own menus over a page, as package.json has it; filled in when the page is bundled. */
interface Entry {
  command: string;
  title: string;
  /** The title in Simplified Chinese. */
  zh: string;
  when: string;
  group: string;
}
declare const TASKTOWER_MENUS: readonly Entry[];

/** What stands in `data-vscode-context` of what was clicked. */
interface Context {
  webviewSection?: string;
  viewItem?: string;
  taskId?: string;
  id?: string;
  key?: string;
}

/** Whether a `when` clause of a menu holds: `a == b` and `a =~ /b/`, joined by `&&`. */
export function holds(when: string, context: Readonly<Record<string, string | undefined>>): boolean {
  return when.split(' && ').every((clause) => {
    const match = /^(\w+) (==|=~) (.+)$/.exec(clause);
    const value = context[match?.[1] ?? ''] ?? '';
    const wanted = match?.[3] ?? '';
    if (match?.[2] === '==') return value === wanted;
    const pattern = /^\/(.*)\/$/.exec(wanted)?.[1];
    return pattern !== undefined && new RegExp(pattern).test(value);
  });
}

/** The editor's menus, where there is no editor: opened by the right button, the menu key, or the page itself. */
export function contextMenus(page: string, stage: Stage, act: (action: LogAction, key: string) => void): void {
  addEventListener('contextmenu', (event) => {
    const target = (event.target as HTMLElement).closest<HTMLElement>('[data-vscode-context]');
    if (!target) return;
    const context = JSON.parse(target.dataset.vscodeContext ?? '{}') as Context;
    const facts = { webviewId: `tasktower.${page}`, webviewSection: context.webviewSection, viewItem: context.viewItem };
    const entries = TASKTOWER_MENUS.filter(({ when }) => holds(when, facts)).sort((a, b) => a.group.localeCompare(b.group));
    if (entries.length === 0) return;
    event.preventDefault();
    const run = (command: string): void => {
      const action = /^tasktower\.logs\.(.+)$/.exec(command)?.[1];
      if (action !== undefined) act(action as LogAction, context.key ?? '');
      else
        void runCommand(stage, {
          command,
          ...(context.taskId === undefined ? {} : { taskIds: [context.taskId] }),
          ...(context.webviewSection === 'agent' && context.id !== undefined ? { agentId: context.id } : {}),
        });
    };
    openMenu(entries, event, stage, run);
  });
}

function openMenu(entries: readonly Entry[], { clientX, clientY }: MouseEvent, stage: Stage, run: (command: string) => void): void {
  const before = document.activeElement;
  const menu = document.createElement('div');
  menu.className = 'context-menu';
  menu.setAttribute('role', 'menu');
  const close = (): void => {
    menu.remove();
    removeEventListener('pointerdown', outside);
    removeEventListener('blur', close);
    if (before instanceof HTMLElement) before.focus();
  };
  const outside = (event: Event): void => void (menu.contains(event.target as Node) || close());
  let group = '';
  for (const entry of entries) {
    const section = entry.group.split('@', 1)[0] ?? '';
    if (group !== '' && section !== group) menu.append(document.createElement('hr'));
    group = section;
    menu.append(
      itemOf(entry, stage.whyNot(entry.command), () => {
        close();
        run(entry.command);
      }),
    );
  }
  menu.addEventListener('keydown', (event) => {
    const items = [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')];
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (event.key === 'ArrowDown') items[(at + 1) % items.length]?.focus();
    else if (event.key === 'ArrowUp') items.at(at - 1)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.body.append(menu);
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(4, Math.min(clientX, innerWidth - width - 4))}px`;
  menu.style.top = `${Math.max(4, Math.min(clientY, innerHeight - height - 4))}px`;
  menu.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  addEventListener('pointerdown', outside);
  addEventListener('blur', close);
}

function itemOf({ title, zh }: Entry, whyNot: string | undefined, run: () => void): HTMLButtonElement {
  const item = document.createElement('button');
  item.type = 'button';
  item.setAttribute('role', 'menuitem');
  item.tabIndex = -1;
  item.textContent = isChinese ? zh : title;
  if (whyNot !== undefined) {
    item.title = whyNot;
    item.ariaDescription = whyNot;
    item.setAttribute('aria-disabled', 'true');
  }
  item.addEventListener('click', () => whyNot === undefined && run());
  return item;
}
