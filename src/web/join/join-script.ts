/**
 * Keeps a visitor on the page of the site where the form is: sends `form[data-verdicts]` to the API and shows the answer in the form's
 * `[role=status]`. Without it, or if anything fails, the form posts as any form does. At a fixed path, since other pages refer to it.
 */
export const joinScript = `(() => {
  const post = async (form, asTyped) => {
    const fields = Object.fromEntries(new FormData(form));
    const response = await fetch(new URL('/api/subscribers', form.action), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        email: fields.email, wording: fields.wording, page: (fields.source || location.pathname).slice(0, 200), as_typed: asTyped,
      }),
    });
    return { status: response.status, ...(await response.json()) };
  };

  const show = (form, text, choices = []) => {
    const status = form.querySelector('[role=status]') ?? form.appendChild(document.createElement('p'));
    status.setAttribute('role', 'status');
    status.replaceChildren(text + ' ', ...choices.map((email) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = email;
      button.onclick = () => {
        form.elements.email.value = email;
        send(form, true);
      };
      return button;
    }));
    // The button that was pressed is gone, and the focus with it.
    if (document.activeElement === document.body) {
      status.tabIndex = -1;
      status.focus();
    }
  };

  const send = async (form, asTyped) => {
    try {
      const answer = await post(form, asTyped);
      if (answer.suggestion) show(form, answer.error, [answer.suggestion, answer.email]);
      else if (answer.error && answer.status !== 400) form.submit();
      else show(form, answer.error ?? answer.message);
    } catch {
      form.submit();
    }
  };

  addEventListener('submit', (event) => {
    if (!event.target.matches('form[data-verdicts]')) return;
    event.preventDefault();
    send(event.target, false);
  });
})();
`;

export const JOIN_SCRIPT_PATH = '/join.js';
