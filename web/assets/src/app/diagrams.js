// Diagrams: <div data-diagram="/diagrams/<id>" data-now="ids" data-done="ids" data-failed="ids">, drawn when they come into view.
import { all } from './commands.js';

let viewer;

function loadViewer() {
  viewer ??= new Promise((resolve, reject) => {
    const styles = document.createElement('link');
    styles.rel = 'stylesheet';
    styles.href = '/static/dist/viewer.css';
    const script = document.createElement('script');
    script.src = '/static/dist/viewer.js';
    script.onload = () => resolve(window.JzViewer);
    script.onerror = reject;
    document.head.append(styles, script);
  });
  return viewer;
}

const ids = text => (text ?? '').split(/\s+/).filter(Boolean);

async function draw(box) {
  const { diagram, now, done, failed } = box.dataset;
  const [xml, { show }] = await Promise.all([fetch(diagram).then(answer => answer.text()), loadViewer()]);
  box.replaceChildren();
  await show(box, { xml, now: ids(now), done: ids(done), failed: ids(failed) });
  box.dataset.drawn = 'true';
}

const seen = new IntersectionObserver(entries => {
  entries.filter(entry => entry.isIntersecting).forEach(entry => {
    seen.unobserve(entry.target);
    draw(entry.target);
  });
});

function watch() {
  all('[data-diagram]:not([data-watched])').forEach(box => {
    box.dataset.watched = 'true';
    seen.observe(box);
  });
}

watch();
document.addEventListener('htmx:after:swap', watch);
