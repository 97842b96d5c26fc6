import { createHash } from 'node:crypto';

/**
 * Submits the form that the reader's link stands for, once its `data-gesture` (src/votes/ballot/vote-gesture.ts) allows it,
 * and reports human interaction. Without the script, readers use the form's button.
 */
export const voteScript = `'use strict';
(() => {
  const DELAY_AFTER_INTERACTION_MS = 700, MIN_PAGE_AGE_MS = 1000;
  const started = performance.now();
  // Times count from the first byte: the page was rendered before it, so that no time exceeds the page's age.
  const arrived = performance.getEntriesByType('navigation')[0]?.responseStart ?? 0;
  // The first event that a person caused, its time, and the time at which the current forms were rendered.
  let hand = '', handAt = 0, renderedAt = arrived, sent = false, castPage = '', castLink = '';

  const valueOf = (form, name) => form.elements.namedItem(name)?.value ?? '';
  const handSince = (start) => hand + '@' + Math.max(0, Math.round(handAt - start));
  const fillInteractionField = (form) => {
    const field = form.elements.namedItem('hand');
    if (field && hand) field.value = handSince(renderedAt);
  };

  function recordInteraction(event) {
    if (!event.isTrusted || (event.type === 'pointermove' && !event.movementX && !event.movementY)) return;
    if (hand) return;
    hand = event.type;
    handAt = performance.now();
    if (castPage) reportInteraction();
    else scheduleCast();
  }
  for (const type of ['pointermove', 'pointerdown', 'touchstart', 'wheel', 'keydown']) {
    addEventListener(type, recordInteraction, { capture: true, passive: true });
  }

  addEventListener('submit', (event) => {
    castBesides(event.target);
    sent = true;
    fillInteractionField(event.target);
  }, true);

  // A vote on another tool ends the wait of the link's vote: the page is left, and both were meant.
  function castBesides(other) {
    const form = document.querySelector('form[data-gesture]');
    const toolOf = ({ action }) => new URL(action).pathname.split('/').at(-2);
    if (sent || !hand || !form || !['none', 'interaction'].includes(form.dataset.gesture) || toolOf(other) === toolOf(form)) return;
    fillInteractionField(form);
    const fields = new URLSearchParams(new FormData(form));
    fields.set('way', 'automatic');
    navigator.sendBeacon(form.action, fields);
  }

  function reportInteraction() {
    navigator.sendBeacon(castLink + '/hand', new URLSearchParams({ page: castPage, hand: handSince(arrived) }));
  }

  // In the foreground and focused; a preview has no focus.
  const isVisible = () => document.visibilityState === 'visible' && document.hasFocus();

  function scheduleCast() {
    const form = document.querySelector('form[data-gesture]');
    const gesture = form?.dataset.gesture;
    if (gesture === 'none') castWhenVisible(form, 0);
    if (gesture === 'interaction' && hand) castWhenVisible(form, DELAY_AFTER_INTERACTION_MS);
  }

  function castWhenVisible(form, delay) {
    const due = Math.max(started + MIN_PAGE_AGE_MS, performance.now() + delay);
    const check = () => {
      if (sent || !form.isConnected) return;
      if (isVisible() && performance.now() >= due) cast(form);
      else setTimeout(check, 100);
    };
    check();
  }

  async function cast(form) {
    sent = true;
    fillInteractionField(form);
    const fields = new URLSearchParams(new FormData(form));
    fields.set('way', 'automatic');
    try {
      const response = await fetch(form.action, { method: 'POST', body: fields });
      // The button stays; pressing it shows the error.
      if (!response.ok) return;
      const wasReported = hand;
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      document.title = page.title;
      document.querySelector('main').replaceWith(page.querySelector('main'));
      renderedAt = performance.now();
      const heading = document.querySelector('main h1');
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
      castPage = valueOf(form, 'page');
      castLink = form.action;
      if (castPage && hand && !wasReported) reportInteraction();
    } catch {
      // No connection: retried once online. The button stays usable.
      addEventListener('online', scheduleCast, { once: true });
    } finally {
      sent = false;
    }
  }

  // Restored from the back/forward cache: the vote may have changed since.
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });

  scheduleCast();
})();
`;

export const VOTE_SCRIPT_PATH = `/assets/vote-${createHash('sha256').update(voteScript).digest('hex').slice(0, 12)}.js`;
