import { Hono, type MiddlewareHandler } from 'hono';
import { type AppEnv } from '../layout/page.tsx';
import { limitBody, MAX_FORM_BYTES, maxFormBytes } from '../request/limit-body.ts';
import { privatePage } from '../layout/security-headers.ts';
import { accountPage, endSession, removePasskey, signOut } from '../studio-access/account-page.tsx';
import { adminOnly, fromThisMachine, onStudioOrigin, signedIn } from '../studio-access/guard.ts';
import { PASSKEY_REGISTRATION, PASSKEY_SIGN_IN, passkeyEndpoint } from '../studio-access/passkeys.ts';
import { linkPage, requestLink, signInPage, useLink } from '../studio-access/sign-in-page.tsx';
import { chooseName } from '../studio-shared/actor.tsx';
import { confirmationPage } from './_confirm-page.tsx';
import { arrangeAction, editAction, stepAction, unsavedCopy } from '../studio-issue/edit-actions.tsx';
import { heldCsv } from '../studio-votes/votes-panel.tsx';
import { studioIssuePage } from '../studio-issue/issue-page.tsx';
import {
  clicksCsv,
  comparisonsCsv,
  statisticsCsv,
  statisticsPage,
} from '../studio-statistics/statistics-page.tsx';
import {
  eraseReaderAction,
  exportReader,
  suppressReader,
  sendConfirmationAgain,
  unsubscribeReader,
} from '../studio-readers/reader-actions.ts';
import { readerPage } from '../studio-readers/reader-page.tsx';
import { addReader, readersPage, searchReaders } from '../studio-readers/readers-page.tsx';
import { chooseReader } from '../studio-review/choose-reader.tsx';
import { digestCopy } from '../studio-review/digest-copy.ts';
import { issueCopy } from '../studio-review/review-panel.tsx';
import { progressEvents, progressFrame } from '../studio-watch/watch-panel.tsx';
import { NEEDS_CONFIRMATION, ISSUE_ACTIONS, runIssueAction } from './_issue-actions.ts';
import { sendTestAction } from '../studio-review/test-mail.tsx';
import { contentPage } from '../studio-content/content-page.tsx';
import { importFile, importPage, MAX_IMPORT_BYTES } from '../studio-content/import-page.tsx';
import {
  confirmReaderImport,
  exportReaders,
  MAX_LIST_BYTES,
  readerImport,
  readerImportEvents,
  readerImportFrame,
  readerImportPage,
  refusedLines,
  uploadReaders,
} from '../studio-reader-import/reader-import.tsx';
import { itemPage, newItemPage, pinAction, saveItem } from '../studio-content/item-page.tsx';
import { logCsv, logPage } from '../studio-audit/log-page.tsx';
import { lanesPage, pauseLaneAction, resumeLaneAction } from '../studio-lanes/lanes-page.tsx';
import { doctorPage } from '../studio-doctor/doctor-page.tsx';
import { draftAction } from '../studio-week/draft-action.ts';
import { studioPage } from '../studio-week/overview-page.tsx';

const limitFields = limitBody(MAX_FORM_BYTES);
const limitFiles: Record<string, MiddlewareHandler> = {
  '/studio/import/content': limitBody(MAX_IMPORT_BYTES),
  '/studio/import/readers': limitBody(MAX_LIST_BYTES),
};

/** What affects readers in bulk or permanently, or takes their data out of the service. All else is for editors as well. */
const ADMIN_ONLY = [
  '/import/reader',
  '/readers/:id/erase',
  '/readers/:id/export',
  '/import/readers',
  '/imports/*',
  '/export/*',
];

/** Staff pages: for a browser on this machine, or for whoever signs in. */
export function studio(mode: 'loopback' | 'sign-in'): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(privatePage);
  if (mode === 'loopback') {
    app.use(fromThisMachine);
  } else {
    app.use(onStudioOrigin);
    mountSignIn(app);
    app.use(signedIn);
  }
  for (const path of ADMIN_ONLY) {
    app.use(path, adminOnly);
  }
  // Only now: a body without a length is held in memory to be measured.
  app.use(limitForm);
  if (mode === 'sign-in') {
    mountAccount(app);
  }
  app.get('/', studioPage);
  app.post('/name', chooseName);
  app.post('/draft', draftAction);
  app.get('/learn', statisticsPage);
  app.get('/learn.csv', statisticsCsv);
  app.get('/comparisons.csv', comparisonsCsv);
  app.get('/clicks.csv', clicksCsv);
  app.get('/log', logPage);
  app.get('/log.csv', logCsv);
  app.get('/doctor', doctorPage);
  app.get('/lanes', lanesPage);
  app.post('/lanes/:lane/pause', pauseLaneAction);
  app.post('/lanes/:lane/resume', resumeLaneAction);
  mountIssues(app);
  mountReaders(app);
  mountContent(app);
  return app;
}

const limitForm: MiddlewareHandler = (c, next) =>
  (limitFiles[c.req.path] ?? limitBody(maxFormBytes(c.req.path)))(c, next);

/** For people who have not signed in. */
function mountSignIn(app: Hono<AppEnv>): void {
  app.use('/sign-in', limitFields);
  app.use('/sign-in/:token', limitFields);
  app.use('/auth/passkey/verify-authentication', limitFields);
  app.get('/sign-in', signInPage);
  app.post('/sign-in', requestLink);
  app.get('/sign-in/:token', linkPage);
  app.post('/sign-in/:token', useLink);
  for (const endpoint of PASSKEY_SIGN_IN) {
    app.on(endpoint[0], `/auth${endpoint[1]}`, (c) => passkeyEndpoint(c, endpoint));
  }
}

function mountAccount(app: Hono<AppEnv>): void {
  app.get('/account', accountPage);
  app.post('/sign-out', signOut);
  app.post('/sessions/end', endSession);
  app.post('/passkeys/remove', removePasskey);
  for (const endpoint of PASSKEY_REGISTRATION) {
    app.on(endpoint[0], `/auth${endpoint[1]}`, (c) => passkeyEndpoint(c, endpoint));
  }
}

/** One issue: its page, its frames, and what can be done with it. */
function mountIssues(app: Hono<AppEnv>): void {
  app.get('/issues/:week', studioIssuePage);
  app.get('/issues/:week/copy', issueCopy);
  app.get('/issues/:week/digest', digestCopy);
  app.get('/issues/:week/progress', progressFrame);
  app.get('/issues/:week/events', progressEvents);
  app.get('/issues/:week/held.csv', heldCsv);
  app.post('/issues/:week/edit', editAction);
  app.post('/issues/:week/typed', unsavedCopy);
  app.post('/issues/:week/arrange', arrangeAction);
  app.post('/issues/:week/undo', (c) => stepAction(c, 'undo'));
  app.post('/issues/:week/redo', (c) => stepAction(c, 'redo'));
  app.post('/issues/:week/reader', chooseReader);
  app.post('/issues/:week/test', sendTestAction);
  for (const name of NEEDS_CONFIRMATION) {
    app.get(`/issues/:week/${name}`, (c) => confirmationPage(c, name));
  }
  for (const [name, action] of Object.entries(ISSUE_ACTIONS)) {
    app.post(`/issues/:week/${name}`, (c) => runIssueAction(c, name, action));
  }
}

function mountReaders(app: Hono<AppEnv>): void {
  app.get('/import/readers', readerImportPage);
  app.post('/import/readers', uploadReaders);
  app.get('/imports/:id', readerImport);
  app.post('/imports/:id', confirmReaderImport);
  app.get('/imports/:id/events', readerImportEvents);
  app.get('/imports/:id/progress', readerImportFrame);
  app.get('/imports/:id/refused.csv', refusedLines);
  app.get('/export/readers.csv', exportReaders);
  app.get('/readers', (c) => readersPage(c));
  app.post('/import/reader', addReader);
  app.post('/readers', searchReaders);
  app.get('/readers/:id', (c) => readerPage(c));
  app.post('/readers/:id/unsubscribe', unsubscribeReader);
  app.post('/readers/:id/confirmation', sendConfirmationAgain);
  app.post('/readers/:id/suppress', suppressReader);
  app.get('/readers/:id/export', exportReader);
  app.post('/readers/:id/erase', eraseReaderAction);
}

function mountContent(app: Hono<AppEnv>): void {
  app.get('/content', contentPage);
  app.get('/import/content', importPage);
  app.post('/import/content', importFile);
  app.get('/new/:kind', newItemPage);
  app.post('/new/:kind', saveItem);
  app.post('/pins', pinAction);
  app.get('/content/:kind/:slug', itemPage);
  app.post('/content/:kind/:slug', saveItem);
}
