import '../kit/language';
import '../kit/jitless';
import './logs.css';
import { render } from 'preact';
import { panelPort } from '../kit/panelPort';
import { vscodeApi } from '../kit/vscodeApi';
import { LogsApp } from './logsApp';
import { LogsModel } from './logsModel';

const api = vscodeApi();
render(<LogsApp model={new LogsModel(api, panelPort(api))} />, document.getElementById('app') ?? document.body);
