// The reader of filed volumes: ← → (and J K, Page Up, Page Down) turn the page; a page without a picture says so. Works without.
const KEYS = {ArrowLeft: 'before', PageUp: 'before', k: 'before', ArrowRight: 'after', PageDown: 'after', j: 'after'};

document.addEventListener('keydown', (event) => {
  const isTyping = event.target.matches('input, textarea, select');
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const link = document.querySelector(`[data-turn="${KEYS[event.key]}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});

const sheet = document.querySelector('.reader-sheet img');
const none = document.querySelector('.reader-none');
if (sheet && none) {
  const tell = () => {
    sheet.hidden = true;
    none.hidden = false;
  };
  sheet.addEventListener('error', tell);
  sheet.addEventListener('contextmenu', (event) => event.preventDefault());
  if (sheet.complete && sheet.naturalWidth === 0) tell();
}
