// The command palette: tasks and commands found while typing.
import { all, commands, one } from './commands.js';

const palette = one('#palette');
const input = palette && one('input', palette);

commands.palette = () => {
  if (!palette || palette.open) return;
  palette.showModal();
  input.value = '';
  input.dispatchEvent(new Event('open', { bubbles: true }));
  input.focus();
};

function choose(step) {
  const options = all('#presults [role=option]');
  if (!options.length) return;
  const at = options.findIndex(option => option.getAttribute('aria-selected') === 'true');
  const chosen = options[(at + step + options.length) % options.length];
  options.forEach(option => option.setAttribute('aria-selected', String(option === chosen)));
  chosen.scrollIntoView({ block: 'nearest' });
  input.setAttribute('aria-activedescendant', chosen.id);
}

function open(option) {
  palette.close();
  const { run } = option.dataset;
  if (run) commands[run]?.(option);
  else location.assign(option.getAttribute('href'));
}

palette?.addEventListener('keydown', event => {
  if (event.key === 'ArrowDown') choose(1);
  else if (event.key === 'ArrowUp') choose(-1);
  else if (event.key === 'Enter') {
    const chosen = one('#presults [aria-selected=true]');
    if (chosen) open(chosen);
  } else return;
  event.preventDefault();
});

palette?.addEventListener('click', event => {
  const option = event.target.closest('[role=option]');
  if (option) {
    event.preventDefault();
    open(option);
  }
});

// a click beside a dialog closes it
all('dialog').forEach(dialog => dialog.addEventListener('click', event => {
  if (event.target === dialog) dialog.close();
}));
