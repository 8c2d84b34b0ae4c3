import assert from 'node:assert/strict';
import { TEMPLATES } from '../../../src/server/domain/builtInTemplates';
import { TaskSpec } from '../../../src/server/domain/task';
import { fillTemplate, TaskTemplate, templateNeeds, templateTitle } from '../../../src/server/domain/template';

describe('A task template', () => {
  const values = { file: 'src/cart.ts', problems: '- 4: unused', selection: '4: let x', clipboard: 'pasted {file}' };

  it('that comes along follows the schema, and makes a task that the tower takes', () => {
    for (const template of TEMPLATES) {
      TaskTemplate.parse(template);
      TaskSpec.parse(fillTemplate(template, values, `${templateTitle(template, values)}something`));
    }
    const labels = TEMPLATES.map(({ label }) => label);
    for (const label of ['Audit a page', 'Review this file', 'Fix failing tests', 'From the clipboard'])
      assert.ok(labels.includes(label), label);
  });

  it('says what it needs of the editor', () => {
    assert.deepEqual([...templateNeeds({ label: 'x', title: '{file}', prompt: '{input} {problems} {clipboard}' })], ['file', 'problems']);
  });

  it('is filled in once: braces in what it is filled with stay', () => {
    const filled = fillTemplate({ label: 'Paste', prompt: '{clipboard}' }, values, 'Paste');
    assert.deepEqual(filled, { title: 'Paste', prompt: 'pasted {file}' });
  });

  it('takes what is typed after its title for {input}, or tells it at the end', () => {
    const audit = { label: 'Audit', title: 'Audit {input}', prompt: 'Open {input}.', requires: ['screenshot'] };
    assert.equal(templateTitle(audit, {}), 'Audit ');
    assert.deepEqual(fillTemplate(audit, {}, 'Audit login.html'), {
      title: 'Audit login.html',
      prompt: 'Open login.html.',
      requires: ['screenshot'],
    });
    const review = { label: 'Review', title: 'Review {file}', prompt: 'Review {file}.' };
    assert.equal(fillTemplate(review, values, 'Review src/cart.ts with care').prompt, 'Review src/cart.ts.\n\nwith care');
  });
});
