import { type PageContext, showPage } from '../layout/page.tsx';
import { History } from '../studio-shared/history-panel.tsx';
import { StudioNav } from '../studio-shared/studio-nav.tsx';
import { Deliveries } from '../reader-data/deliveries-table.tsx';
import { Events, Evidence, Facts, Votes } from '../reader-data/history-tables.tsx';
import { loadReader } from '../reader-data/load-reader.ts';
import { ReaderActions } from './_reader-forms.tsx';

/** A reader's whole history, and what staff can do for them. */
export async function readerPage(c: PageContext, problem?: string) {
  const history = await loadReader(c.get('context'), Number(c.req.param('id')));
  if (!history) {
    return c.notFound();
  }
  const { subscriber, events, votes, opens, casts, entries } = history;
  const children = (
    <>
      <StudioNav current="Readers" />
      <p className="kicker">
        Reader {subscriber.id} · <span className="chip chip-plain">{subscriber.status}</span>
      </p>
      <h1>{subscriber.email}</h1>
      <Facts subscriber={subscriber} />
      <ReaderActions subscriber={subscriber} isAdmin={c.get('staff')?.role === 'admin'} problem={problem} />
      <Deliveries deliveries={subscriber.deliveries} issues="/studio/issues" />
      <Votes votes={votes} />
      <Evidence opens={opens} casts={casts} />
      <Events events={events} />
      <History entries={entries} />
    </>
  );
  return showPage(c, { title: `Reader ${subscriber.id}`, children }, problem ? 400 : 200);
}
