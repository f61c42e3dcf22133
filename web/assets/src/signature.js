// Drawing a signature on a page. Typing a name works without this script; one of the two is sent.
const PAPER = '#fff', INK = '#14213d', WIDTH = 2.6;
const root = document.documentElement;
root.classList.add('scripted');

const boxOf = node => node.closest('[data-signature]');
const canvasOf = box => box.querySelector('canvas');
const drawnOf = box => box.querySelector('[data-drawn]');

function blank(canvas) {
  const pen = canvas.getContext('2d');
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  Object.assign(pen, { strokeStyle: INK, lineWidth: WIDTH, lineCap: 'round', lineJoin: 'round' });
  return pen;
}

function clear(box) {
  blank(canvasOf(box));
  drawnOf(box).value = '';
}

// A canvas comes empty from the server: what was drawn before stands in the hidden entry.
function restore() {
  for (const box of document.querySelectorAll('[data-signature]')) {
    const canvas = canvasOf(box), drawn = drawnOf(box).value;
    if (canvas.dataset.shown === drawn) continue;
    const pen = blank(canvas);
    canvas.dataset.shown = drawn;
    if (!drawn.startsWith('data:image/png')) continue;
    const picture = new Image();
    picture.onload = () => pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.src = drawn;
  }
}

function placeOf(event, canvas) {
  const edge = canvas.getBoundingClientRect();
  return [(event.clientX - edge.left) * canvas.width / edge.width, (event.clientY - edge.top) * canvas.height / edge.height];
}

let stroke = null;
document.addEventListener('pointerdown', event => {
  const canvas = event.target.closest?.('[data-signature] canvas');
  if (!canvas || event.button) return;
  event.preventDefault();
  canvas.setPointerCapture(event.pointerId);
  const pen = drawnOf(boxOf(canvas)).value ? canvas.getContext('2d') : blank(canvas);
  const [x, y] = placeOf(event, canvas);
  pen.beginPath(); pen.moveTo(x, y); pen.lineTo(x + .1, y); pen.stroke();
  stroke = { canvas, pen, id: event.pointerId };
});
document.addEventListener('pointermove', event => {
  if (!stroke || event.pointerId !== stroke.id) return;
  for (const each of event.getCoalescedEvents?.() ?? [event]) stroke.pen.lineTo(...placeOf(each, stroke.canvas));
  stroke.pen.stroke();
});
function lift(event) {
  if (!stroke || event.pointerId !== stroke.id) return;
  const box = boxOf(stroke.canvas), drawn = drawnOf(box);
  drawn.value = stroke.canvas.toDataURL('image/png');
  stroke.canvas.dataset.shown = drawn.value;
  box.querySelector('.sign-name').value = '';
  stroke = null;
}
document.addEventListener('pointerup', lift);
document.addEventListener('pointercancel', lift);

document.addEventListener('click', event => {
  if (event.target.closest('[data-signature] [data-clear]')) clear(boxOf(event.target));
});
document.addEventListener('input', event => {
  if (event.target.matches('[data-signature] .sign-name') && event.target.value) clear(boxOf(event.target));
});

restore();
for (const name of ['htmx:after:swap', 'htmx:afterSwap']) document.addEventListener(name, restore);
