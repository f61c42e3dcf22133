// The keyboard: J K move, E enters the form, Ctrl+Enter completes, G then a letter goes somewhere.
import { commands, one } from './commands.js';

const GO_MS = 900;
const PLACES = { i: '/inbox', a: '/inbox?view=gates', d: '/processes', o: '/operations' };
const TYPING = 'input:not([type=radio]):not([type=checkbox]),textarea,select,[contenteditable]';
let wentAt = 0;

commands.help = () => one('#help')?.showModal();
commands.form = () => one('#task-form :is(input:not([type=hidden]),textarea,select):not([disabled])')?.focus();
commands.complete = () => one('#task-form')?.requestSubmit(one('#task-form [data-complete]') ?? undefined);

const KEYS = { j: 'next', k: 'previous', e: 'form', '/': 'palette', '?': 'help', t: 'theme', Escape: 'list' };

document.addEventListener('keydown', event => {
  const { key } = event;
  if (event.ctrlKey || event.metaKey) {
    const command = key.toLowerCase() === 'k' ? 'palette' : key === 'Enter' && one('#task-form') ? 'complete' : null;
    if (!command) return;
    event.preventDefault();
    commands[command]?.();
    return;
  }
  if (event.altKey || one('dialog[open]')) return;
  if (event.target.matches(TYPING)) {
    if (key === 'Escape') event.target.blur();
    return;
  }
  if (Date.now() - wentAt < GO_MS && PLACES[key]) {
    location.assign(PLACES[key]);
    return;
  }
  wentAt = key === 'g' ? Date.now() : 0;
  const command = commands[KEYS[key]];
  if (!command) return;
  event.preventDefault();
  command();
});
