import { errorText } from '../base/errors';
import type { FinalReport } from '../domain/report';
import type { Driver, Work } from './driver';

/** A driver that is loaded with its first attempt: most runners never need most of them, and some bring much along. */
export function lazyDriver(load: () => Promise<Driver>, { readsMessages = false } = {}): Driver {
  return (context) => {
    const { agent, report } = context;
    let work: Work | undefined;
    let endedAs: FinalReport | undefined;
    let paused = false;
    const early: string[] = [];
    load()
      .then((driver) => {
        if (endedAs) return report(endedAs);
        work = driver(context);
        if (paused) work.pause();
        for (const text of early) work.message?.(text);
      })
      .catch((error: unknown) => {
        report(endedAs ?? { type: 'error', kind: 'spawn_failed', message: `${agent.name} could not be started: ${errorText(error)}` });
      });
    return {
      end: (as) => {
        endedAs ??= as;
        work?.end(as);
      },
      ...(readsMessages ? { message: (text: string) => (work ? work.message?.(text) : void early.push(text)) } : {}),
      pause: () => {
        paused = true;
        work?.pause();
      },
      resume: () => {
        paused = false;
        work?.resume();
      },
    };
  };
}
