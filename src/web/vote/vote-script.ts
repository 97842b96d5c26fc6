import { createHash } from 'node:crypto';

/**
 * For pages with one form that a person has all but sent by following its link (`data-gesture`, as src/votes/ballot/vote-gesture.ts has
 * it): sends it once that is safe, and tells of the signs of a person. Without it the form's button does everything.
 */
export const voteScript = `'use strict';
(() => {
  const SETTLE_MS = 700, READ_MS = 1000;
  const started = performance.now();
  let hand = false, sent = false, castOn = '';

  const valueOf = (form, name) => form.elements.namedItem(name)?.value ?? '';
  const setHand = (form) => {
    const field = form.elements.namedItem('hand');
    if (field && hand) field.value = '1';
  };

  function noticeHand(event) {
    if (!event.isTrusted || (event.type === 'pointermove' && !event.movementX && !event.movementY)) return;
    if (hand) return;
    hand = true;
    if (castOn) tellHand();
    else plan();
  }
  for (const type of ['pointermove', 'pointerdown', 'touchstart', 'wheel', 'keydown']) {
    addEventListener(type, noticeHand, { capture: true, passive: true });
  }

  addEventListener('submit', (event) => {
    sent = true;
    setHand(event.target);
  }, true);

  function tellHand() {
    navigator.sendBeacon(location.pathname + '/hand', new URLSearchParams({ page: castOn }));
  }

  // Really visible: in front, and not a preview that has no focus.
  const isSeen = () => document.visibilityState === 'visible' && document.hasFocus();

  function plan() {
    const form = document.querySelector('form[data-gesture]');
    const gesture = form?.dataset.gesture;
    if (gesture === 'none') castWhenSeen(form, 0);
    if (gesture === 'interaction' && hand) castWhenSeen(form, SETTLE_MS);
  }

  function castWhenSeen(form, after) {
    const due = Math.max(started + READ_MS, performance.now() + after);
    const look = () => {
      if (sent || !form.isConnected) return;
      if (isSeen() && performance.now() >= due) cast(form);
      else setTimeout(look, 100);
    };
    look();
  }

  async function cast(form) {
    sent = true;
    setHand(form);
    const fields = new URLSearchParams(new FormData(form));
    fields.set('way', 'automatic');
    try {
      const answer = await fetch(form.action, { method: 'POST', body: fields });
      // The button stays, and shows what is wrong when it is pressed.
      if (!answer.ok) return;
      const told = hand;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      document.title = page.title;
      document.querySelector('main').replaceWith(page.querySelector('main'));
      const heading = document.querySelector('main h1');
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
      castOn = valueOf(form, 'page');
      if (castOn && hand && !told) tellHand();
    } catch {
      // No connection: once there is one, again. The button is there all along.
      addEventListener('online', plan, { once: true });
    } finally {
      sent = false;
    }
  }

  // Gone back to, it shows what was: what is may be something else.
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });

  plan();
})();
`;

export const VOTE_SCRIPT_PATH = `/assets/vote-${createHash('sha256').update(voteScript).digest('hex').slice(0, 12)}.js`;
