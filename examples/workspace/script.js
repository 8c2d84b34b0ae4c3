'use strict';

for (const button of document.querySelectorAll('[data-show]')) {
  button.addEventListener('click', () => show(button.dataset.show));
}

function show(kind) {
  const cards = document.querySelectorAll('[data-kind]');
  for (const button of document.querySelectorAll('[data-show]')) button.setAttribute('aria-pressed', String(button.dataset.show === kind));
  for (const card of document.querySelectorAll('[data-kind]')) card.hidden = kind !== 'all' && card.dataset.kind !== kind;
}

const form = document.querySelector('#login');
form?.addEventListener('submit', (event) => {
  event.preventDefault();
  const message = document.querySelector('#message');
  if (!form.email.validity.valid) {
    message.textContent = 'Write your email as name@example.com.';
    form.email.focus();
  } else if (!form.password.value) {
    message.textContent = 'Write your password.';
    form.password.focus();
  } else {
    message.textContent = 'This is a sample page: nobody can sign in.';
  }
});

document.querySelector('.peek')?.addEventListener('click', () => {
  form.password.type = form.password.type === 'password' ? 'text' : 'password';
});
