// The list of tasks: moving in it, keeping the open task marked, saying when something new arrives.
import { all, commands, one } from './commands.js';
import { showToast } from './toasts.js';

const rows = () => all('#list .row');
let known = new Set(rows().map(row => row.dataset.id));

function mark(id) {
  if (!id) {
    delete document.body.dataset.open;
    return;
  }
  rows().forEach(row => (row.dataset.id === id ? row.setAttribute('aria-current', 'true') : row.removeAttribute('aria-current')));
  document.body.dataset.open = id;
}

function move(step) {
  const list = rows();
  if (!list.length) return;
  const at = list.findIndex(row => row === document.activeElement || row.hasAttribute('aria-current'));
  const next = list[at < 0 ? 0 : Math.max(0, Math.min(list.length - 1, at + step))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
  next.click();
}

commands.next = () => move(1);
commands.previous = () => move(-1);
commands.list = () => (one('#list .row[aria-current]') ?? rows()[0])?.focus();

document.addEventListener('click', event => {
  const row = event.target.closest('#list .row');
  if (row?.hasAttribute('hx-get') && !event.ctrlKey && !event.metaKey) mark(row.dataset.id);
});

// the server says which task follows a completed one
document.addEventListener('opened', event => {
  const { id } = event.detail;
  known.add(id);
  mark(id);
  if (!id) return;
  one('.dbody')?.scrollTo(0, 0);
  scrollTo(0, 0);
  one('#detail h1')?.setAttribute('tabindex', '-1');
  one('#detail h1')?.focus({ preventScroll: true });
});

/** Bring the numbers of the navigation up to date with the list. */
function count() {
  const told = one('#list [data-counts]');
  if (!told) return;
  const counts = JSON.parse(told.dataset.counts);
  all('.nav [data-count]').forEach(place => { place.textContent = counts[place.dataset.count] || ''; });
}

// after a part of the page was replaced
document.addEventListener('htmx:after:swap', () => {
  if (document.body.dataset.open) mark(document.body.dataset.open);
  const bad = one('#task-form [aria-invalid=true]');
  if (bad && !document.activeElement?.matches?.('#task-form [aria-invalid=true]')) bad.focus();
  const list = one('#list');
  if (!list) return;
  count();
  const now = rows().map(row => row.dataset.id);
  if (now.some(id => !known.has(id))) showToast(list.dataset.arrived);
  known = new Set([...known, ...now]);
});

// the first wrong entry, when the page itself came back with errors
one('#task-form [aria-invalid=true]')?.focus();
