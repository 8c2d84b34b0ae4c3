import '../kit/language';
import '../kit/jitless';
import './evidence.css';
import { render } from 'preact';
import { panelPort } from '../kit/panelPort';
import { vscodeApi } from '../kit/vscodeApi';
import { EvidenceApp } from './evidenceApp';
import { EvidenceStore } from './evidenceStore';

const api = vscodeApi();
render(<EvidenceApp api={api} store={new EvidenceStore(panelPort(api))} />, document.getElementById('app') ?? document.body);
