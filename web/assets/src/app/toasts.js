// Short notices at the edge of the page.
import { all, one } from './commands.js';

const SHOWN_MS = 6000;

function retire(toast) {
  setTimeout(() => toast.remove(), SHOWN_MS);
}

export function showToast(text) {
  const toast = document.createElement('div');
  toast.className = 'toast';
  toast.textContent = text;
  one('#toasts')?.append(toast);
  retire(toast);
}

all('#toasts .toast').forEach(retire);
document.addEventListener('toast', event => showToast(event.detail.text ?? event.detail.value));
