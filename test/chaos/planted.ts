import type { Replacement } from '../support/bundle';

/** Six bugs that a tower must not have; a chaos run must notice each of them. */
export const planted: readonly (Replacement & { what: string })[] = [
  {
    what: 'acknowledge before write',
    file: 'src/server/store/journal.ts',
    from: '    this.writeLine(JSON.stringify(record));\n    if (this.parts.fsync)',
    to: '    const start = this.size;\n    this.size += Buffer.byteLength(JSON.stringify(record)) + 1;\n    setTimeout(() => this.parts.files.writeSync(this.current.fd, Buffer.from(JSON.stringify(record) + "\\n"), start), 15);\n    if (this.parts.fsync)',
  },
  {
    what: 'no fencing',
    file: 'src/server/domain/rules/context.ts',
    from: '  if (attempt?.n !== n) {',
    to: '  if (!attempt) {',
  },
  {
    what: 'rename without a temporary file',
    file: 'src/server/store/files.ts',
    from: "    const fd = await files.open(temporary, 'wx');",
    to: "    const fd = await files.open(path, 'w');",
  },
  {
    what: 'a lease never expires',
    file: 'src/server/leases.ts',
    from: '      if (left <= 0) lost.push({ taskId: task.id, attempt: attempt.n });',
    to: '      if (left <= -1e15) lost.push({ taskId: task.id, attempt: attempt.n });',
  },
  {
    what: 'a retry keeps the attempt number',
    file: 'src/server/domain/rules/attemptRules.ts',
    from: 'n: task.attempts.length + 1, agentId',
    to: 'n: Math.max(1, task.attempts.length), agentId',
  },
  {
    what: 'an owner elected twice',
    file: 'src/server/store/journal.ts',
    from: "    return files.openSync(path, 'wx');",
    to: "    return files.openSync(path, 'w');",
  },
];
