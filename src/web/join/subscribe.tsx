import { AppError } from '../../errors.ts';
import { readAddress } from '../../address/read-address.ts';
import { suggestAddress } from '../../subscribers/address/suggest-address.ts';
import { type SignUp, signUp } from '../../subscribers/join/sign-up.ts';
import { HONEYPOT_FIELD } from '../layout/address-form.tsx';
import { AskAboutAddress } from '../layout/ask-about-address.tsx';
import { findCallerOf } from '../request/client-address.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { readField } from '../request/read-form.ts';
import {
  CONSENT_WORDING,
  isFilledInByHand,
  signUpFields,
  SignUpForm,
  signFormTime,
} from '../layout/sign-up-form.tsx';
import { senderNameOf } from '../../address/sender-name.ts';
import { AlmostThere, OnceMore } from './_answers.tsx';
import { formPolicy } from '../layout/security-headers.ts';
import { padDuration } from '../request/pad-duration.ts';
import { requireKnownOrigin } from './_own-origin.ts';

const WORDING = /^[\w.-]{1,40}$/;
const MAX_PAGE_LENGTH = 200;

/**
 * Handles a sign-up form, ours or the site's. Stores a pending subscriber; the answer is the same for new, existing and
 * suppressed addresses and beyond a limit. A likely typo is asked about before anything is sent.
 */
export async function subscribe(c: PageContext) {
  const origin = requireKnownOrigin(c);
  // It may be one of our pages that asks again about a form of the site's; then its field says so.
  const place = (await readField(c, 'form')) === 'embedded' ? 'embedded' : origin;
  const written = await readField(c, 'wording');
  if (place === 'embedded' && !WORDING.test(written)) {
    throw new AppError(
      'invalid_input',
      'The form lacks the version of its wording. Its field is `wording`, such as 2026-11.',
    );
  }
  // A page of an older version has no such field; its reader sees the words on the page that asks once more.
  const wording = WORDING.test(written) ? written : CONSENT_WORDING;
  const return_to = readReturn(c, await readField(c, 'return_to'));
  const page = (await readField(c, 'source', MAX_PAGE_LENGTH)) || (place === 'embedded' ? originOf(c) : '/');
  const typed = await readField(c, 'email');
  const { address, problem } = readAddress(typed);
  const kept = { return_to: return_to ?? '' };
  if (return_to !== undefined) {
    c.header('Content-Security-Policy', formPolicy(new URL(return_to).origin));
  }
  if (address === undefined) {
    return showFormAgain(c, { page, typed, problem, kept });
  }
  const suggestion = suggestAddress(address);
  const hidden = { ...signUpFields(page, signFormTime(c)), wording, form: place, ...kept };
  if (suggestion !== undefined && !(await readField(c, 'as_typed'))) {
    const children = (
      <AskAboutAddress action="/subscribe" email={address} suggestion={suggestion} hidden={hidden} />
    );
    return showPage(c, { title: 'Is that address right?', children });
  }
  if (wording !== written || !(await isByHand(c, origin))) {
    const children = <OnceMore email={address} hidden={{ ...hidden, as_typed: '1' }} />;
    return showPage(c, { title: 'One more press', children });
  }
  return acceptSignUp(
    c,
    {
      email: address,
      page,
      form: place,
      wording,
      source: findCallerOf(c, c.get('context').config.trustedProxies),
    },
    return_to,
  );
}

async function acceptSignUp(c: PageContext, request: SignUp, return_to: string | undefined) {
  const context = c.get('context');
  await padDuration(() => signUp(context, request));
  return return_to === undefined
    ? showPage(c, {
        title: 'Check your inbox',
        children: (
          <AlmostThere
            email={request.email}
            hidden={{
              ...signUpFields(request.page, signFormTime(c)),
              form: request.form,
              wording: request.wording,
            }}
            isLocal={!context.config.resendApiKey}
            senderName={senderNameOf(context.config.mailFrom)}
          />
        ),
      })
    : c.redirect(return_to, 303);
}

/** A form of the site's has no signed time. */
async function isByHand(c: PageContext, place: SignUp['form']): Promise<boolean> {
  const started = await readField(c, 'started');
  const isHoneypotFilled = (await readField(c, HONEYPOT_FIELD)) !== '';
  return !isHoneypotFilled && ((place === 'embedded' && started === '') || isFilledInByHand(c, started));
}

function showFormAgain(
  c: PageContext,
  {
    page,
    typed,
    problem,
    kept,
  }: { page: string; typed: string; problem: string; kept: Readonly<Record<string, string>> },
) {
  const children = (
    <>
      <h1>Please check the address</h1>
      <SignUpForm source={page} started={signFormTime(c)} email={typed} problem={problem} kept={kept} />
    </>
  );
  return showPage(c, { title: 'Please check the address', children }, 400);
}

/** A page of the site to go on to. Throws `invalid_input` for any other: we redirect nobody to strangers. */
function readReturn(c: PageContext, text: string): string | undefined {
  if (text === '') {
    return undefined;
  }
  const { siteOrigins } = c.get('context').config;
  const url = URL.parse(text);
  if (!url || !siteOrigins.includes(url.origin)) {
    throw new AppError('invalid_input', 'The form’s return_to is not a page of a site in SITE_ORIGINS.');
  }
  return url.href;
}

function originOf(c: PageContext): string {
  return c.req.header('Origin') ?? '';
}
