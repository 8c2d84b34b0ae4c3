import { Refusal } from '../../domain/refusal';
import { InlineEvidence } from '../../protocol/rest';
import { reportedOn, takeInline } from '../reporting';
import { proofOf } from './proof';
import { AttemptInput, refOf, tool, uploadHint, type McpParts, type Tool } from './tool';

/** The largest piece of evidence in a tool call, bytes; the body of a request is limited to 1 MiB. */
const MAX_INLINE = 512 * 1024;

/** Evidence that fits into a call. */
export function evidenceTools(parts: McpParts): Tool[] {
  const { tower, reports, pull } = parts;
  return [
    tool({
      name: 'attach_evidence',
      title: 'Hand in evidence',
      about:
        'Hands in proof of the work: its bytes as `text` or `dataBase64`, at most 512 KiB. A screenshot is a PNG, JPEG or WebP with its `viewport`; a report (axe, Lighthouse, SARIF, JUnit, lcov, …) is read for its metrics.',
      input: AttemptInput.extend(InlineEvidence.shape),
      attempt: 'report',
      handle: async (call) => {
        const { taskId: _, attempt: named, ...piece } = call.input;
        const on = reportedOn(tower, call, refOf(call), { attempt: named });
        const filled = piece.kind === 'metrics' && piece.metrics ? { ...piece, ...metricsFile(piece.metrics) } : piece;
        if ((filled.text === undefined) === (filled.dataBase64 === undefined))
          throw new Refusal('invalid', 'Give the bytes of the evidence either as text or as dataBase64.');
        const bytes = Buffer.byteLength(filled.text ?? filled.dataBase64 ?? '', filled.text === undefined ? 'base64' : 'utf8');
        if (bytes > MAX_INLINE) {
          const said = `${piece.name} has ${bytes} bytes, more than the ${MAX_INLINE} that fit into a tool call.`;
          throw new Refusal('too_large', `${said} ${uploadHint(parts.url(), on.task.id)}`);
        }
        pull.heard(on.attempt.agentId);
        const { evidenceId } = await takeInline(reports, on, filled, call.by);
        return { evidenceId, proof: proofOf(on.task, on.attempt) };
      },
    }),
  ];
}

function metricsFile(metrics: NonNullable<InlineEvidence['metrics']>): Pick<InlineEvidence, 'text' | 'mime'> {
  return { text: JSON.stringify({ metrics }, null, 2), mime: 'application/json' };
}
