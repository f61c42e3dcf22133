// The preview of a form, as its author sees it; the form that people fill in is drawn by the server.
import { Form } from '@bpmn-io/form-js-viewer';
import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';

window.JzForm = { create: container => new Form({ container }) };
