import '../kit/jitless';
import './evidence.css';
import { render } from 'preact';
import { vscodeApi } from '../kit/vscodeApi';
import { EvidenceApp } from './evidenceApp';
import { EvidenceStore } from './evidenceStore';

const api = vscodeApi();
const store = new EvidenceStore({
  post: (message) => api.postMessage(message),
  listen: (listener) => {
    const hear = ({ data }: MessageEvent): void => listener(data);
    addEventListener('message', hear);
    return () => removeEventListener('message', hear);
  },
});
render(<EvidenceApp api={api} store={store} />, document.getElementById('app') ?? document.body);
