// Judging hits by keyboard: J K move, 1 2 3 and A W N choose, R writes the reason, Ctrl+Enter saves. Works without.
const hits = [...document.querySelectorAll('[data-hit]')];
const form = document.querySelector('#judging');
const types = (node) => node.matches('textarea, select, input:not([type=radio], [type=checkbox])');

function move(step) {
  const now = hits.findIndex((hit) => hit.contains(document.activeElement));
  const next = hits[Math.min(Math.max(now + step, 0), hits.length - 1)];
  next?.focus();
  next?.scrollIntoView({block: 'nearest'});
}

function choose(key) {
  const hit = hits.find((each) => each.contains(document.activeElement));
  const option = hit?.querySelector(`[data-key="${key}"]`);
  if (!option) return false;
  option.checked = true;
  hit.focus();
  return true;
}

if (form && hits.length) {
  document.addEventListener('keydown', (event) => {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === 'enter') {
      event.preventDefault();
      event.stopImmediatePropagation();
      form.requestSubmit(form.querySelector('button[name=save]'));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (types(event.target)) {
      if (key === 'escape') event.target.closest('[data-hit]')?.focus();
      return;
    }
    let done = true;
    if (key === 'j') move(1);
    else if (key === 'k') move(-1);
    else if (key === 'r') {
      const reason = document.activeElement.closest('[data-hit]')?.querySelector('textarea');
      if (reason) reason.focus();
      else done = false;
    } else done = /^[123awn]$/.test(key) && choose(key);
    if (done) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, {capture: true});
}
