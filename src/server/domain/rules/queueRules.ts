import type { Command } from '../command';
import type { Decision, RuleContext } from './context';

type Ask<T extends Command['type']> = Extract<Command, { type: T }>;

/** Running tasks go on; `afterCurrent` lets tasks already tried have their retries first. */
export function pauseQueue({ board }: RuleContext, { when }: Ask<'PauseQueue'>): Decision {
  const busy = board.byStatus.running.size + board.byStatus.parked.size > 0;
  const state = when === 'afterCurrent' && busy ? 'draining' : 'paused';
  return board.queue.state === state ? [] : [{ type: 'QueuePaused', state }];
}

export function resumeQueue({ board }: RuleContext): Decision {
  return board.queue.state === 'open' ? [] : [{ type: 'QueueResumed' }];
}

export function configureQueue({ board }: RuleContext, { cap, reviewCap, accountCaps, breaker, budget }: Ask<'ConfigureQueue'>): Decision {
  const { queue } = board;
  const same = queue.cap === cap && (queue.reviewCap ?? 0) === reviewCap && (queue.breaker ?? 0) === breaker;
  const sameCaps = JSON.stringify(queue.accountCaps ?? {}) === JSON.stringify(accountCaps);
  if (same && sameCaps && JSON.stringify(queue.budget ?? {}) === JSON.stringify(budget)) return [];
  return [
    {
      type: 'QueueConfigured',
      cap,
      ...(reviewCap > 0 ? { reviewCap } : {}),
      ...(Object.keys(accountCaps).length > 0 ? { accountCaps } : {}),
      ...(breaker > 0 ? { breaker } : {}),
      ...(Object.keys(budget).length > 0 ? { budget } : {}),
    },
  ];
}

export function setApproval({ board }: RuleContext, { on }: Ask<'SetApproval'>): Decision {
  return (board.queue.approval ?? false) === on ? [] : [{ type: 'ApprovalSet', on }];
}
