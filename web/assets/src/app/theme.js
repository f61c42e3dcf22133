// Dark or light: what the reader chose, else what the machine prefers.
import { commands } from './commands.js';

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

commands.theme = () => {
  const theme = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('theme', theme);
  } catch {
    // the browser stores nothing; the choice holds for this page
  }
};
