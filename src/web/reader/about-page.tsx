import { verifySubscriberToken } from '../../links/tokens.ts';
import { eraseReader } from '../../sending/deliveries/erase-reader.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { Deliveries } from '../reader-data/deliveries-table.tsx';
import { DoneByStaff, Events, Evidence, Facts, Votes } from '../reader-data/history-tables.tsx';
import { EVERYTHING, loadReader, type ReaderHistory } from '../reader-data/load-reader.ts';

/** Everything that is held about the reader (GDPR, article 15). */
export async function aboutPage(c: PageContext) {
  const history = await findHistory(c);
  if (!history) {
    return c.notFound();
  }
  const { subscriber, votes, opens, casts, events, entries } = history;
  const here = `/preferences/${c.req.param('token')}`;
  const children = (
    <>
      <h1>What we hold about you</h1>
      <p>
        Times are in UTC. Where we keep only a hash, as of a network address, this page says just that we have
        it. A <a href={`${here}/about.json`}>file for other programs</a> (JSON) has every detail.{' '}
        <a href={here}>Back to your preferences</a>
      </p>
      <Facts subscriber={subscriber} />
      <Deliveries deliveries={subscriber.deliveries} issues="/issues" />
      <Votes votes={votes} />
      <Evidence opens={opens} casts={casts} />
      <Events events={events} />
      <DoneByStaff entries={entries} />
      <p>
        <a href={`${here}/erase`}>Erase all of this</a>
      </p>
    </>
  );
  return showPage(c, { title: 'What we hold about you', children });
}

export async function aboutFile(c: PageContext) {
  const history = await findHistory(c);
  if (!history) {
    return c.notFound();
  }
  c.header('Content-Disposition', 'attachment; filename="weekly-verdicts-about-me.json"');
  const { entries, ...theirs } = history;
  // What staff did, but not who: their names are not the reader's.
  return c.json({ ...theirs, done_by_staff: entries.map(({ at, action }) => ({ at, action })) });
}

/** Asks once. A GET erases nobody, because mail scanners open every link. */
export async function erasePage(c: PageContext) {
  const history = await findHistory(c);
  if (!history) {
    return c.notFound();
  }
  const { suppressed_reason } = history.subscriber;
  const mayReturn = suppressed_reason === null || suppressed_reason === 'inactive';
  const children = (
    <div className="sheet narrow">
      <h1>Erase everything about {history.subscriber.email}?</h1>
      <p>
        This deletes your subscription, your votes that are still being counted and everything else that is
        stored about you, at once and for good. Only a hash of your address stays, so that no imported list
        can add you again{mayReturn ? '; you can sign up again yourself at any time' : ''}.
      </p>
      <form method="post">
        <button type="submit" className="big">
          Erase everything
        </button>
      </form>
      <p>
        <a href={`/preferences/${c.req.param('token')}`}>Keep it all</a>
      </p>
    </div>
  );
  return showPage(c, { title: 'Erase everything?', children });
}

export async function eraseAction(c: PageContext) {
  const history = await findHistory(c);
  if (!history) {
    return c.notFound();
  }
  await eraseReader(c.get('context'), history.subscriber.email);
  const children = (
    <div className="sheet narrow">
      <h1>Everything is erased</h1>
      <p role="status">
        Your data has been erased, except for a hash of your address, which keeps imported lists from adding
        you again. We won’t email you. Thank you for reading.
      </p>
      <p>
        <a href="/">To the latest verdicts</a>
      </p>
    </div>
  );
  return showPage(c, { title: 'Everything is erased', children });
}

async function findHistory(c: PageContext): Promise<ReaderHistory | undefined> {
  const context = c.get('context');
  const id = verifySubscriberToken(context.linkKeys, 'preferences', c.req.param('token') ?? '');
  return id === undefined ? undefined : loadReader(context, id, EVERYTHING);
}
