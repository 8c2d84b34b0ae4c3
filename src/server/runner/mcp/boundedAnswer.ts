import { MAX_MESSAGE } from './connection';

/** The end of an event in a stream of them (HTML Living Standard §9.2.6). */
const EVENT_ENDS = ['\n\n', '\n\r\n'];

/**
 * The answer with each piece of its body given on when `ready` says so. A body of one message, or a stream with an event, that is larger
 * than the limit breaks off, which `onTooLarge` is told.
 */
export function boundedAnswer(answer: Response, ready: () => Promise<void>, onTooLarge: (error: RangeError) => void): Response {
  if (!answer.body) return answer;
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  let size = 0;
  let tail = '';
  const guard = new TransformStream<Uint8Array, Uint8Array>({
    transform: async (piece, controller) => {
      await ready();
      size += piece.length;
      if (isStream) {
        const text = tail + Buffer.from(piece).toString('latin1');
        const end = Math.max(...EVENT_ENDS.map((mark) => text.lastIndexOf(mark)));
        if (end >= 0) size = text.length - end;
        tail = text.slice(-2);
      }
      if (size > MAX_MESSAGE) {
        const error = new RangeError(`a message is larger than ${MAX_MESSAGE / 1024 / 1024} MiB`);
        onTooLarge(error);
        throw error;
      }
      controller.enqueue(piece);
    },
  });
  const { status, statusText, headers } = answer;
  return new Response(answer.body.pipeThrough(guard), { status, statusText, headers });
}
