import { createHash } from 'node:crypto';

/** Shows sending as it happens. It survives a restart of the server, a lost network and a laptop that slept. */
export const watchScript = `'use strict';
(() => {
  const RECONNECT_MS = 3000, SILENCE_MS = 9000;
  const place = document.querySelector('[data-watch]');
  if (!place) return;
  const note = place.querySelector('[data-watch-note]');
  let source, heard = Date.now(), tried = 0;
  /** The HTML last received for each part: a browser would serialize its \`innerHTML\` differently. */
  const shown = new Map();
  /** What came while a part was in use. */
  const waiting = new Map();

  // Whether any field differs from what the page came with, wherever the focus is.
  const isTyping = () => [...document.querySelectorAll('input:not([type=hidden]), textarea')].some(
    (field) => field.value !== field.defaultValue);
  const isUsed = (element) => (element.contains(document.activeElement) && document.activeElement !== document.body)
    || (!getSelection().isCollapsed && element.contains(getSelection().anchorNode));
  function replace(part, html) {
    const open = [...part.querySelectorAll('details')].map((details) => details.open);
    part.innerHTML = html;
    part.querySelectorAll('details').forEach((details, index) => { details.open = open[index] ?? details.open; });
  }
  function update(name, html) {
    const part = place.querySelector('[data-watch-part=' + name + ']');
    waiting.delete(name);
    if (shown.get(name) === html) return;
    if (isUsed(part)) {
      waiting.set(name, html);
      return;
    }
    shown.set(name, html);
    replace(part, html);
  }
  function hear() {
    heard = Date.now();
    if (note.textContent) note.textContent = '';
  }
  function connect() {
    source?.close();
    tried = Date.now();
    source = new EventSource(place.dataset.watch);
    source.addEventListener('beat', () => {
      hear();
      for (const [name, html] of waiting) update(name, html);
    });
    source.addEventListener('parts', (event) => {
      hear();
      for (const [name, html] of Object.entries(JSON.parse(event.data))) {
        update(name, html);
      }
    });
    source.addEventListener('moved', (event) => {
      source.close();
      clearInterval(watching);
      if (!isTyping() && !document.activeElement?.matches('input, textarea, select')) location.reload();
      else note.innerHTML = 'It is ' + event.data + ' now. <a href="">Reload the page</a>';
    });
  }
  const watching = setInterval(() => {
    const isClosed = source.readyState === EventSource.CLOSED;
    const isSilent = Date.now() - heard > SILENCE_MS;
    if (isClosed || isSilent) note.textContent = 'Not connected. Trying again; the work goes on meanwhile.';
    if (isClosed || (isSilent && Date.now() - tried > SILENCE_MS)) connect();
  }, RECONNECT_MS);
  connect();
})();
`;

/** The path contains a hash of the content, so that browsers can cache it indefinitely. */
export const WATCH_SCRIPT_PATH = `/assets/watch-${createHash('sha256').update(watchScript).digest('hex').slice(0, 12)}.js`;
