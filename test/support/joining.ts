import { PASSWORD } from './team';
import type { Workbench } from './workbench';

/** Fills in what "Connect to a Tower..." asks for, up to the secret: the password of a name, or a token when the name is empty. */
export async function signInFrom(window: Workbench, url: string, name: string, secret = PASSWORD): Promise<void> {
  await window.command('Tasktower: Connect to a Tower');
  await window.step('Connect to a Tower');
  await window.type(url);
  await window.page.keyboard.press('Enter');
  await answerSignIn(window, name, secret);
}

/** Answers the two questions of signing in. */
export async function answerSignIn(window: Workbench, name: string, secret = PASSWORD): Promise<void> {
  await window.step('Sign In to');
  await window.type(name);
  await window.page.keyboard.press('Enter');
  await window.page.locator('.quick-input-widget:visible input[type=password]').fill(secret);
  await window.page.keyboard.press('Enter');
}
