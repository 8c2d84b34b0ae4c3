import './language';
import '../kit/jitless';
import '../evidence/evidence.css';
import './web.css';
import { render } from 'preact';
import { EvidenceApp } from '../evidence/evidenceApp';
import { EvidenceStore } from '../evidence/evidenceStore';
import type { FromEvidence, Mode, ShowEvidence } from '../protocol';
import { EvidenceList } from './evidenceList';
import { openPage } from './page';
import { Shell } from './shell';
import { keep, kept } from './storedState';

const task = new URLSearchParams(location.search).get('task');

void openPage({
  name: 'evidence',
  show: (_, query, tell) => {
    if (task === null) return;
    const [piece, mode] = [query.get('piece'), kept<Mode>('evidence')];
    const show: ShowEvidence = {
      taskId: task,
      evidenceBase: '/api/pictures',
      thumbBase: '/api/thumbnails',
      singleKeys: true,
      ...(piece === null ? {} : { evidenceId: piece }),
      ...(mode ? { mode } : {}),
    };
    tell('panel/show', show);
  },
  hear: (_, method, params: never) => {
    // The tower makes a thumbnail when it is asked for it.
    if (method === 'panel/mode') keep('evidence', (params as FromEvidence['panel/mode']).mode);
    return method === 'panel/mode' || method === 'panel/thumb';
  },
  draw: ({ api, port, stage }, root) =>
    render(
      <Shell stage={stage}>
        {task === null ? <EvidenceList port={port} /> : <EvidenceApp api={api} store={new EvidenceStore(port)} />}
      </Shell>,
      root,
    ),
});
