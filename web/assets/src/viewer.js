// The read-only diagram with its tokens.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import { houseColors } from './colors.js';

const MARGIN = 16;

function fit(viewer) {
  const canvas = viewer.get('canvas');
  canvas.resized();
  const { outer } = canvas.viewbox();
  const drawn = canvas.getActiveLayer().getBBox();
  if (!outer.width || !drawn.width) return;
  const scale = Math.min((outer.width - 2 * MARGIN) / drawn.width, (outer.height - 2 * MARGIN) / drawn.height, 1);
  const width = outer.width / scale;
  const height = outer.height / scale;
  canvas.viewbox({ x: drawn.x - (width - drawn.width) / 2, y: drawn.y - (height - drawn.height) / 2, width, height });
}

/** Bring an element to the middle at a readable size, when the whole diagram would be too small to read. */
function focus(viewer, id) {
  const canvas = viewer.get('canvas');
  const element = viewer.get('elementRegistry').get(id);
  if (!element || canvas.zoom() > 0.55) return;
  canvas.zoom(0.7, { x: element.x + element.width / 2, y: element.y + element.height / 2 });
  canvas.scrollToElement(element, { top: 60, bottom: 60, left: 120, right: 120 });
}

function mark(viewer, ids, name) {
  const known = viewer.get('elementRegistry');
  ids.filter(id => known.get(id)).forEach(id => viewer.get('canvas').addMarker(id, name));
}

function tokens(viewer, ids) {
  const known = viewer.get('elementRegistry');
  const counts = new Map();
  ids.filter(id => known.get(id)).forEach(id => counts.set(id, (counts.get(id) ?? 0) + 1));
  counts.forEach((count, id) => {
    const pill = document.createElement('div');
    pill.className = 'token';
    pill.textContent = count > 1 ? String(count) : '';
    viewer.get('overlays').add(id, 'token', { position: { top: -9, left: -9 }, html: pill });
  });
}

/** Draw a diagram into a box; `now`, `done` and `failed` are element ids (an id twice in `now`: two tokens). */
async function show(box, { xml, now = [], done = [], failed = [] }) {
  const viewer = new NavigatedViewer({ container: box, bpmnRenderer: houseColors });
  await viewer.importXML(xml);
  mark(viewer, done.filter(id => !now.includes(id)), 'st-done');
  mark(viewer, now, 'st-now');
  mark(viewer, failed, 'st-failed');
  tokens(viewer, now);
  fit(viewer);
  if (now.length) focus(viewer, now[0]);
  new ResizeObserver(() => viewer.get('canvas').resized()).observe(box);
  return viewer;
}

window.JzViewer = { show, fit };
