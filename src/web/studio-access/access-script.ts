import { createHash } from 'node:crypto';

/** Signs in with a passkey or adds one: WebAuthn needs a script. Sign-in links by mail work without it. */
export const accessScript = `'use strict';
(() => {
  const place = document.querySelector('[data-passkeys]');
  if (!place || !globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  place.hidden = false;
  const status = place.querySelector('[data-passkey-status]');

  async function call(path, body) {
    const response = await fetch('/studio/auth/passkey/' + path, body && {
      method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' },
    }).catch(() => { throw new Error('The server cannot be reached. Please try again in a minute.'); });
    const answer = await response.json().catch(() => undefined);
    if (response.ok && answer) return answer;
    throw new Error(
      response.status === 429 ? 'Too many attempts from here. Please wait ten minutes.'
        : answer?.code === 'SESSION_NOT_FRESH' ? 'You signed in more than a day ago. Sign out and in again, then add it.'
          : response.status >= 500 ? 'That did not work on our side. Please try again in a minute.'
            : response.redirected || (response.ok && !answer) ? 'You have been signed out. Sign in again, then add it.'
              : 'That passkey is not known here.');
  }
  const actions = {
    async use() {
      const options = await call('generate-authenticate-options');
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
      const credential = await navigator.credentials.get({ publicKey });
      await call('verify-authentication', { response: credential.toJSON() });
    },
    async add() {
      const options = await call('generate-register-options');
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      const credential = await navigator.credentials.create({ publicKey });
      await call('verify-registration', { response: credential.toJSON(), name: place.querySelector('[name=passkey]').value });
    },
  };
  const PROBLEMS = {
    NotAllowedError: 'Nothing was chosen. Try again when you are ready.',
    InvalidStateError: 'This device already has a passkey for your account.',
  };
  place.querySelectorAll('[data-passkey]').forEach((button) => button.addEventListener('click', async () => {
    status.value = 'Waiting for your device …';
    try {
      await actions[button.dataset.passkey]();
      location.assign(place.dataset.next);
    } catch (error) {
      status.value = PROBLEMS[error.name] ?? error.message;
    }
  }));
})();
`;

/** The path contains a hash of the content, so that browsers can cache it indefinitely. */
export const ACCESS_SCRIPT_PATH = `/assets/access-${createHash('sha256').update(accessScript).digest('hex').slice(0, 12)}.js`;
