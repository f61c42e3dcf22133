// Reads labels with the phone's camera: the browser's own BarcodeDetector where it has one, else a decoder in JavaScript.
// Typing the number works without any of this.
import decode from 'qr/decode.js';

const WIDEST = 640; // pixels the decoder looks at: enough for a label at arm's length, quick on an old phone
const PAUSE = 150;

const camera = document.getElementById('camera');
const form = document.getElementById('scan-form');
const button = document.getElementById('start-camera');

/** A function that gives the text of a QR code in a video's picture, or an empty text. */
async function makeReader() {
  if ('BarcodeDetector' in window && (await BarcodeDetector.getSupportedFormats()).includes('qr_code')) {
    const detector = new BarcodeDetector({ formats: ['qr_code'] });
    return async video => (await detector.detect(video))[0]?.rawValue ?? '';
  }
  const canvas = document.createElement('canvas');
  const paper = canvas.getContext('2d', { willReadFrequently: true });
  return async video => {
    const scale = Math.min(1, WIDEST / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    paper.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return decode(paper.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      return ''; // no code in this picture
    }
  };
}

function stop(video) {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  camera.hidden = true;
  button.hidden = false;
}

async function start() {
  const video = camera.querySelector('video');
  const status = camera.querySelector('[data-status]');
  camera.hidden = false;
  button.hidden = true;
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    await video.play();
  } catch {
    status.textContent = camera.dataset.denied;
    button.hidden = false;
    return;
  }
  camera.querySelector('[data-stop]').addEventListener('click', () => stop(video), { once: true });
  const read = await makeReader();
  while (video.srcObject) {
    const text = video.videoWidth ? await read(video) : '';
    if (text) {
      sessionStorage.setItem('scan-camera', 'on'); // the next page goes on scanning
      stop(video);
      form.querySelector('#code').value = text;
      form.submit();
      return;
    }
    await new Promise(done => setTimeout(done, PAUSE));
  }
}

if (navigator.mediaDevices?.getUserMedia) {
  button.hidden = false;
  button.addEventListener('click', start);
  if (sessionStorage.getItem('scan-camera') === 'on') {
    sessionStorage.removeItem('scan-camera');
    start();
  }
}
