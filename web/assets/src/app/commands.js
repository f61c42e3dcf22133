// What buttons with data-cmd, keys and the palette can do; each module adds its own.
export const commands = {};

export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

document.addEventListener('click', event => {
  const button = event.target.closest('[data-cmd]');
  if (button) commands[button.dataset.cmd]?.(button);
});

// a form that stands somewhere on the page, named by its id
commands.submit = asked => one(`#${CSS.escape(asked.dataset.value)}`)?.requestSubmit();
