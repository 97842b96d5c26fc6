import { createHash } from 'node:crypto';

/**
 * Makes frames as tall as their mails, saves what is typed, reorders comparisons by dragging, and has keys for the next and
 * previous view. Without it, everything works by links and forms.
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
  const RETRY_MS = 10000;
  let timer, retry, running = 0, saving = Promise.resolve(true), isUnsaved = false, isRefused = false, isLeaving = false;
  const versionFields = [...document.querySelectorAll('[name=expected]')];
  /** Whether it was saved. \`isRefused\`: the server answered, and its page about that keeps the text. */
  const save = async () => {
    timer = undefined;
    clearTimeout(retry);
    isUnsaved = true;
    const sent = new FormData(form);
    const response = await fetch(form.action, {
      method: 'POST', body: new URLSearchParams(sent), headers: { accept: 'application/json' }, keepalive: true,
    }).catch(() => undefined);
    const answer = await response?.json().catch(() => undefined);
    isRefused = response !== undefined && response.status < 500;
    if (response?.ok && answer) {
      isUnsaved = false;
      // Somebody else may have changed other parts: then the page's forms keep the version that it shows.
      const isAlone = versionFields.every((field) => field.value === answer.before);
      if (isAlone) versionFields.forEach((field) => { field.value = answer.content_hash; });
      for (const [name, value] of sent) if (!name.includes('was:')) form.elements['was:' + name]?.setAttribute('value', value);
      void show();
      document.querySelector('h1').textContent = answer.subject;
      document.querySelectorAll('[data-step]').forEach((step) => { step.hidden = step.dataset.step === 'redo'; });
      document.querySelectorAll('[data-step-changes]').forEach((changes) => { changes.textContent = ''; });
      const others = isAlone ? '' : ' Somebody else has changed other parts: reload the page to see them.';
      // If more has been typed meanwhile, "Saved" would be wrong.
      if (timer === undefined) saved.value = (answer.findings.length ? 'Saved, but: ' + answer.findings.join(' ') : 'Saved.') + others;
      return true;
    }
    if (isRefused) {
      saved.value = (answer?.problem ?? 'Not saved.') + ' Press Save to see more.';
    } else {
      saved.value = 'Not saved: the server cannot be reached. What you wrote is kept on this page, and saving is tried again.';
      retry = setTimeout(flush, RETRY_MS);
    }
    return false;
  };
  addEventListener('online', () => { if (isUnsaved && !isRefused) void flush(); });
  addEventListener('beforeunload', (event) => { if (!isLeaving && (isUnsaved || timer !== undefined)) event.preventDefault(); });
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
  // Other buttons and tabs, such as Approve, wait until what was typed is saved, and do nothing if that fails.
  const afterSaving = (event, act) => {
    if (timer === undefined && running === 0 && !isUnsaved) return;
    event.preventDefault();
    const done = running === 0 || timer !== undefined ? flush() : saving;
    void done.then((isSaved) => (isSaved ? act() : saved.scrollIntoView({ block: 'center' })));
  };
  /** Without asking whether to leave: the answer is a page of ours that keeps what was typed. */
  const leave = () => {
    isLeaving = true;
    form.submit();
  };
  addEventListener('submit', (event) => {
    if (event.target === form) {
      // A save may be running already. If the server does not answer, leaving this page would lose the text.
      event.preventDefault();
      void (timer === undefined && running > 0 ? saving : flush()).then((isSaved) => { if (isSaved || isRefused) leave(); });
      return;
    }
    // What cannot be saved can still be reset, and nothing else that was typed is lost with it.
    const field = form && event.submitter?.name === 'reset' ? form.elements[event.submitter.value] : undefined;
    const was = field && form.elements['was:' + event.submitter.value];
    if (field && was && field.value !== was.value) {
      field.value = was.value;
      timer ??= setTimeout(flush, 0);
    }
    const isResetOfAll = !field && event.target.action === form?.action && timer === undefined && running === 0;
    if (isResetOfAll) isLeaving = true;
    else afterSaving(event, () => event.target.requestSubmit(event.submitter));
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
    item.addEventListener('dragend', (event) => {
      // Escape, or dropped elsewhere: everything is where it was.
      if (dragged && event.dataTransfer.dropEffect === 'none') {
        dragged.before.split(' ').forEach((slug) => list.append(list.querySelector('[data-slug="' + slug + '"]')));
      }
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
  list?.addEventListener('drop', (event) => event.preventDefault());

  // The scroll position survives a change of view.
  const KEY = 'studio scroll';
  document.addEventListener('click', (event) => {
    if (event.target.closest?.('[data-tabs] a')) sessionStorage.setItem(KEY, String(scrollY));
  });
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (kept !== null) scrollTo(0, Number(kept));

  // With Alt: shortcuts of a single character would get in the way of people who use speech input (WCAG 2.1.4).
  const STEPS = { PageUp: -1, PageDown: 1 };
  document.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    if (!step || !event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const links = [...document.querySelectorAll('[data-tabs="' + (event.shiftKey ? 'Mail program' : 'View') + '"] a')];
    const current = links.findIndex((link) => link.ariaCurrent || link.getAttribute('aria-current'));
    links[(current + step + links.length) % links.length]?.click();
  });
})();
`;

/** The path contains a hash of the content, so that browsers can cache it indefinitely. */
export const STUDIO_SCRIPT_PATH = `/assets/studio-${createHash('sha256').update(studioScript).digest('hex').slice(0, 12)}.js`;
