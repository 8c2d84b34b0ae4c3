import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { nullLog } from '../../src/server/base/log';
import { lift } from '../../src/server/domain/migrations';
import { reduce } from '../../src/server/domain/reduce';
import { nodeFiles, type Files } from '../../src/server/store/files';
import { SteppedDown } from '../../src/server/domain/refusal';
import { openJournal } from '../../src/server/store/openJournal';
import { pseudoRandom } from './pseudoRandom';
import { creation, newTask } from './records';

/** A tower that takes a storage folder from its rivals again and again: `node script.cjs DIR ACKS SEED COUNT LOOK`. */
const [dir = '', acks = '', seed = '1', count = '0', look = 'true'] = process.argv.slice(2);
const random = pseudoRandom(Number(seed));

/** Sees no epoch but its own, as a tower would that never looks; `busy` blocks as a hung process does. */
function filesOf(): Files {
  let own = '';
  const busy = (): void => {
    if (random(20) === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, random(15));
  };
  return {
    ...nodeFiles,
    openSync: (path, flags) => {
      const fd = nodeFiles.openSync(path, flags);
      if (flags === 'wx') own = path;
      busy();
      return fd;
    },
    writeSync: (fd, bytes, position) => {
      busy();
      const written = nodeFiles.writeSync(fd, bytes, position);
      busy();
      return written;
    },
    existsSync: (path) => (look === 'true' || !path.endsWith('.ndjson') ? nodeFiles.existsSync(path) : path === own),
  };
}

async function main(): Promise<void> {
  const files = filesOf();
  for (let done = 0; done < Number(count);) {
    try {
      const { journal, board } = await openJournal({ dir, files, lift, fold: reduce, fsync: false, log: nullLog });
      for (let i = random(40); i >= 0 && done < Number(count); i--) {
        const seq = board.seq + 1;
        const record = creation(seq, { task: newTask(seq, { title: `${seed}-${done}` }) });
        await journal.append(record);
        // The answer: from here on the record must never be lost.
        appendFileSync(acks, `${seed}-${done}\n`);
        done++;
        reduce(board, record);
        if (random(100) === 0) await journal.checkpoint(board);
        if (random(10) === 0) await sleep(random(4));
      }
      await journal.dispose();
    } catch (error) {
      if (!(error instanceof SteppedDown)) throw error;
      await sleep(random(4));
    }
  }
}

void main();
