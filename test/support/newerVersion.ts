import { bundleChanged, type Replacement } from './bundle';

/** What a later version may bring with the same protocol and the same records: fields and notices that this one has never heard of. */
const sameRecords: readonly Replacement[] = [
  {
    file: 'src/server/gateway/boardHub.ts',
    from: 'return { protocol: PROTOCOL, seq: this.tower.board.seq };',
    to: "setImmediate(() => viewer.rpc.notify('board/colours', { all: ['blue'] }));\n    return { protocol: PROTOCOL, seq: this.tower.board.seq, colours: true };",
  },
  {
    file: 'src/server/follower/remoteTower.ts',
    from: "channel.request('board/hello', { protocol: PROTOCOL, role })",
    to: "channel.request('board/hello', { protocol: PROTOCOL, role, colours: true })",
  },
  {
    file: 'src/server/start.ts',
    from: 'protocol: PROTOCOL, token: keys.client };\n',
    to: "protocol: PROTOCOL, token: keys.client, version: '99.0.0' } as Address;\n",
  },
  {
    file: 'src/server/domain/rules/taskRules.ts',
    from: "return [{ type: 'TaskCreated', task: newTask(context, spec, parent), prompt: spec.prompt }];",
    to: "return [{ type: 'TaskCreated', task: { ...newTask(context, spec, parent), colour: 'blue' } as Task, prompt: spec.prompt }];",
  },
];

/** A pause leaves an event that this version does not know. */
const newEvents: readonly Replacement[] = [
  {
    file: 'src/server/domain/rules/queueRules.ts',
    from: "[{ type: 'QueuePaused', state }]",
    to: "[{ type: 'QueuePaused', state }, { type: 'QueuePainted', colour: 'blue' } as unknown as TowerEvent]",
  },
  {
    file: 'src/server/domain/event.ts',
    from: "z.object({ type: z.literal('CommitNoted')",
    to: "z.object({ type: z.literal('QueuePainted'), colour: z.string() }),\n  z.object({ type: z.literal('CommitNoted')",
  },
];

/** Bundles a window of a later version of Tasktower, one with new events too if asked, as a process of its own. */
export async function bundleNewer(outfile: string, { withNewEvents = false } = {}): Promise<void> {
  const changes = withNewEvents ? [...sameRecords, ...newEvents] : sameRecords;
  await bundleChanged('test/chaos/faultTower.ts', outfile, ['bufferutil', 'utf-8-validate'], changes);
}
