// Small helps of the page; everything works without them.
const form = document.querySelector('#task-form');

document.addEventListener('click', event => {
  if (!event.target.closest('[data-theme-toggle]')) return;
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  try { localStorage.setItem('theme', root.dataset.theme); } catch { /* storage is off */ }
});

// A choice may show or hide other fields: the server draws the form anew.
document.addEventListener('change', event => {
  if (!form || !event.target.matches('[data-recheck]')) return;
  const again = document.createElement('input');
  again.type = 'hidden'; again.name = '_recheck'; again.value = event.target.name;
  form.append(again); sessionStorage.setItem('focus', event.target.id || event.target.name); form.submit();
});
const focused = sessionStorage.getItem('focus');
if (focused) { sessionStorage.removeItem('focus'); (document.getElementById(focused) || document.querySelector(`[name="${CSS.escape(focused)}"]`))?.focus(); }
document.querySelector('#task-form [aria-invalid=true]')?.focus();

// What was typed is kept as a draft a little later.
let timer;
form?.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(() => fetch(form.dataset.draft, { method: 'POST', body: new FormData(form) }).catch(() => {}), 2000);
});
form?.addEventListener('submit', () => clearTimeout(timer));

document.addEventListener('keydown', event => {
  if ((event.ctrlKey || event.metaKey) && event.key === 'Enter' && form) { event.preventDefault(); form.requestSubmit(); return; }
  if (event.target.matches('input,textarea,select') || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...document.querySelectorAll('#list .row')], at = rows.findIndex(row => row === document.activeElement || row.hasAttribute('aria-current'));
  if (event.key === 'j') rows[Math.min(at + 1, rows.length - 1)]?.focus();
  if (event.key === 'k') rows[Math.max(at - 1, 0)]?.focus();
  if (event.key === 'e') { event.preventDefault(); document.querySelector('#task-form input:not([type=hidden]),#task-form textarea,#task-form select')?.focus(); }
});

addEventListener('load', async () => {
  const box = document.querySelector('[data-diagram]');
  if (!box || !window.BpmnJS) return;
  const viewer = new window.BpmnJS({ container: box });
  await viewer.importXML(await (await fetch(box.dataset.diagram)).text());
  const canvas = viewer.get('canvas'), known = viewer.get('elementRegistry');
  const paint = (ids, mark) => ids.split(' ').filter(id => id && known.get(id)).forEach(id => canvas.addMarker(id, mark));
  paint(box.dataset.done, 'st-done'); paint(box.dataset.now, 'st-now');
  canvas.zoom('fit-viewport', 'auto');
});
