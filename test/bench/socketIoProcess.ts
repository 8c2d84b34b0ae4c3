import { appendFile, open } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { npmPeer } from './peers';

/** A Socket.io server in a process of its own: it broadcasts what its parent says, and appends the lines it is sent to a file. */
export type ToSocketIo = { type: 'burst'; records: unknown[]; each: 'tick' | 'burst' };
export type FromSocketIo = { type: 'up'; url: string };

interface Socket {
  on(event: 'lines', listener: (lines: unknown, stored: () => void) => void): void;
  on(event: 'watch', listener: () => void): void;
  join(room: string): void;
}
interface Io {
  on(event: 'connection', listener: (socket: Socket) => void): void;
  emit(event: string, value: unknown): void;
  to(room: string): Io;
}

const VIEWERS = 'viewers';
const [logFile = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const { Server } = npmPeer('socket.io').load() as { Server: new (server: unknown, options: object) => Io };
  const server = createServer();
  const io = new Server(server, { transports: ['websocket'], serveClient: false, maxHttpBufferSize: 1 << 20 });
  const file = logFile === '' ? undefined : await open(logFile, 'a');
  io.on('connection', (socket) => {
    socket.on('watch', () => socket.join(VIEWERS));
    socket.on('lines', (lines, stored) => {
      const list = Array.isArray(lines) ? lines : [lines];
      void appendFile(file ?? logFile, list.map((line) => `${JSON.stringify(line)}\n`).join('')).then(() => {
        io.to(VIEWERS).emit('lines', lines);
        stored();
      });
    });
  });
  process.on('message', ({ records, each }: ToSocketIo) => {
    for (const record of records) {
      if (each === 'burst') io.emit('record', record);
      else setImmediate(() => io.emit('record', record));
    }
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ type: 'up', url: `http://127.0.0.1:${port}` } satisfies FromSocketIo);
  });
}

void main();
