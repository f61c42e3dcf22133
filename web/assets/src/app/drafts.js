// What is typed is kept as a draft a moment later; the form says when, or that it could not be.
import { one } from './commands.js';

const WAIT_MS = 1500;
let timer;

function say(form, text, isBad = false) {
  const place = one('[data-draft-state]', form);
  if (!place) return;
  place.textContent = text;
  place.classList.toggle('bad', isBad);
}

/** The form's entries without files: those go with the form itself. */
function entries(form) {
  const data = new FormData(form);
  [...data.entries()].filter(([, value]) => value instanceof File).forEach(([name]) => {
    const texts = data.getAll(name).filter(value => !(value instanceof File));
    data.delete(name);
    texts.forEach(value => data.append(name, value));
  });
  return data;
}

async function keep(form) {
  const words = one('[data-draft-state]', form)?.dataset ?? {};
  say(form, words.saving ?? '');
  try {
    const answer = await fetch(form.dataset.draft, { method: 'POST', body: entries(form) });
    const text = await answer.text();
    const isPlain = answer.headers.get('Content-Type')?.startsWith('text/plain');
    say(form, isPlain ? text : words.failed ?? '', !answer.ok);
  } catch {
    say(form, words.failed ?? '', true);
  }
}

function later(event) {
  const form = event.target.closest?.('form[data-draft]');
  if (!form || event.target.type === 'file') return;
  clearTimeout(timer);
  timer = setTimeout(() => form.isConnected && keep(form), WAIT_MS);
}

document.addEventListener('input', later);
document.addEventListener('change', later);
// a form that is sent needs no draft any more
document.addEventListener('submit', () => clearTimeout(timer));
document.addEventListener('htmx:before:request', () => clearTimeout(timer));
