import { text } from 'node:stream/consumers';
import { HumanError } from '../base/errors';

const ENTER = /^[\r\n]$/;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACE = /^[\b\u007f]$/;

/** The password: typed twice and not shown, or the first line of what is piped in. @throws {HumanError} when the two differ. */
export async function readPassword(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<string> {
  if (!input.isTTY) return (await text(input)).split(/\r?\n/, 1)[0] ?? '';
  const first = await typed('Password: ', input, output);
  if ((await typed('The same again: ', input, output)) === first) return first;
  throw new HumanError('The two are not the same. Nothing was changed.');
}

function typed(prompt: string, input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<string> {
  output.write(prompt);
  input.setRawMode(true);
  input.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    const characters: string[] = [];
    const end = (): void => {
      input.off('data', hear);
      input.setRawMode(false);
      input.pause();
      output.write('\n');
    };
    const hear = (data: string): void => {
      for (const character of data) {
        if (ENTER.test(character)) {
          end();
          return resolve(characters.join(''));
        }
        if (character === CTRL_C || character === CTRL_D) {
          end();
          return reject(new HumanError('Nothing was changed.'));
        }
        if (BACKSPACE.test(character)) characters.pop();
        else characters.push(character);
      }
    };
    input.on('data', hear);
    input.resume();
  });
}
