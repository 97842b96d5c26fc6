import { createHash } from 'node:crypto';

/**
 * Makes the studio live: frames as tall as their mails, and keys for the next and previous view. Without it, everything works by
 * links and forms.
 */
export const studioScript = `'use strict';
(() => {
  const resize = (frame) => {
    const page = frame.contentDocument?.documentElement;
    if (!page) return;
    // A page is at least as tall as its frame.
    frame.style.height = '0';
    frame.style.height = page.scrollHeight + 2 + 'px';
  };
  const fit = (frame) => {
    frame.addEventListener('load', () => resize(frame));
    resize(frame);
  };
  document.querySelectorAll('iframe[data-fit]').forEach(fit);

  // Saves what is being typed, and shows the mail with it.
  const form = document.querySelector('form[data-autosave]');
  const saved = document.querySelector('[data-saved]');
  /** Shows the mails with what has been typed, before it is saved; what is typed meanwhile follows. */
  let isShowing = false, isStale = false;
  const show = async () => {
    if (isShowing) { isStale = true; return; }
    isShowing = true;
    do {
      isStale = false;
      const body = new URLSearchParams(new FormData(form));
      for (const frame of document.querySelectorAll('iframe[data-mail]')) {
        if (!frame.contentDocument || !/\\/copy(\\?|$)/.test(frame.src)) continue;
        const response = await fetch(frame.src.replace('/copy', '/typed'), { method: 'POST', body }).catch(() => undefined);
        if (!response?.ok) continue;
        frame.contentDocument.documentElement.innerHTML = await response.text();
        if ('fit' in frame.dataset) resize(frame);
        if (isStale) break;
      }
    } while (isStale);
    isShowing = false;
  };
  let timer, running = 0, saving = Promise.resolve(true), isLost = false;
  /** Whether it was saved. */
  const save = async () => {
    timer = undefined;
    isLost = true;
    const sent = new FormData(form);
    const response = await fetch(form.action, {
      method: 'POST', body: new URLSearchParams(sent), headers: { accept: 'application/json' }, keepalive: true,
    }).catch(() => undefined);
    const answer = await response?.json().catch(() => undefined);
    if (response?.ok && answer) {
      isLost = false;
      document.querySelectorAll('[name=expected]').forEach((field) => { field.value = answer.content_hash; });
      for (const [name, value] of sent) if (!name.includes('was:')) form.elements['was:' + name]?.setAttribute('value', value);
      void show();
      document.querySelector('h1').textContent = answer.subject;
      document.querySelectorAll('[data-step]').forEach((step) => { step.hidden = step.dataset.step === 'redo'; });
      document.querySelectorAll('[data-step-changes]').forEach((changes) => { changes.textContent = ''; });
      // More has been typed meanwhile: that is not saved yet.
      if (timer === undefined) saved.value = answer.findings.length ? 'Saved, but: ' + answer.findings.join(' ') : 'Saved.';
      return true;
    }
    saved.value = (answer?.problem ?? 'Not saved.') + ' Press Save to see more.';
    return false;
  };
  form?.addEventListener('input', () => {
    saved.value = 'Typing …';
    void show();
    clearTimeout(timer);
    timer = setTimeout(flush, 400);
  });
  function flush() {
    clearTimeout(timer);
    running += 1;
    return (saving = saving.then(save).finally(() => { running -= 1; }));
  }
  // Whatever else is pressed meanwhile, such as Approve or another view, waits for what was typed, and does not happen without it.
  const afterSaving = (event, act) => {
    if (timer === undefined && running === 0 && !isLost) return;
    event.preventDefault();
    const done = running === 0 || timer !== undefined ? flush() : saving;
    void done.then((isSaved) => (isSaved ? act() : saved.scrollIntoView({ block: 'center' })));
  };
  addEventListener('submit', (event) => {
    // What cannot be saved can still be reset.
    const isReset = event.target.action === form?.action && timer === undefined && running === 0;
    if (event.target !== form && !isReset) afterSaving(event, () => event.target.requestSubmit(event.submitter));
  });
  addEventListener('click', (event) => {
    const link = event.target.closest?.('[data-tabs] a');
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) afterSaving(event, () => link.click());
  });
  addEventListener('pagehide', () => { if (timer !== undefined) void flush(); });

  // Comparisons are dragged to their places; their buttons do the same with keys.
  const list = document.querySelector('[data-reorder]');
  let dragged;
  const slugs = () => [...list.children].map((item) => item.dataset.slug).join(' ');
  for (const item of list?.children ?? []) {
    item.draggable = true;
    item.addEventListener('dragstart', (event) => {
      dragged = { item, before: slugs() };
      event.dataTransfer.effectAllowed = 'move';
    });
    item.addEventListener('dragover', (event) => {
      if (!dragged || dragged.item === item) return;
      event.preventDefault();
      const { top, height } = item.getBoundingClientRect();
      item[event.clientY < top + height / 2 ? 'before' : 'after'](dragged.item);
    });
    item.addEventListener('dragend', () => {
      const order = slugs();
      const form = list.querySelector('form');
      if (dragged && order !== dragged.before && form) {
        form.elements.order.value = order;
        form.requestSubmit();
      }
      dragged = undefined;
    });
  }
  list?.addEventListener('dragover', (event) => event.preventDefault());

  // The scroll position survives a change of view.
  const KEY = 'studio scroll';
  document.addEventListener('click', (event) => {
    if (event.target.closest?.('[data-tabs] a')) sessionStorage.setItem(KEY, String(scrollY));
  });
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (kept !== null) scrollTo(0, Number(kept));

  const STEPS = { '[': ['View', -1], ']': ['View', 1], '{': ['Mail program', -1], '}': ['Mail program', 1] };
  document.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.target.closest?.('input, textarea, select')) return;
    const links = [...document.querySelectorAll('[data-tabs="' + step[0] + '"] a')];
    const current = links.findIndex((link) => link.ariaCurrent || link.getAttribute('aria-current'));
    links[(current + step[1] + links.length) % links.length]?.click();
  });
})();
`;

/** The path contains a hash of the content, so that browsers can cache it indefinitely. */
export const STUDIO_SCRIPT_PATH = `/assets/studio-${createHash('sha256').update(studioScript).digest('hex').slice(0, 12)}.js`;
