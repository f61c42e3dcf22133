// Small menus made of <details>: a click elsewhere or Escape closes them.
import { all } from './commands.js';

const OPEN = 'details.menu[open], details.clock[open], details.repair[open]';

document.addEventListener('click', event => {
  all(OPEN).filter(menu => !menu.contains(event.target)).forEach(menu => menu.removeAttribute('open'));
});
document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  all(OPEN).forEach(menu => {
    menu.removeAttribute('open');
    menu.querySelector('summary').focus();
  });
});
