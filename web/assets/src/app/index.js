// Small helps on every page; everything works without them.
import htmx from 'htmx.org';
import './theme.js';
import './toasts.js';
import './keys.js';
import './palette.js';
import './inbox.js';
import './drafts.js';
import './menus.js';
import './diagrams.js';
import '../signature.js';

window.htmx = htmx;
