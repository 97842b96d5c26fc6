import { categoryLabel } from '../../../emails/_parts/text/columns.ts';
import type { Context } from '../../context.ts';
import { listCategories } from '../../comparisons/show/search.ts';
import type { Frequency, Row } from '../../database/schema.ts';
import { describeSendTime } from '../../issues/record/send-time.ts';
import type { Preferences } from '../../subscribers/preferences/update-preferences.ts';
import { findMorning } from '../../sending/prepare/morning.ts';
import { currentNameOf, placeOf, ZONES } from './_time-zones.ts';
import type { PageContext } from '../layout/page.tsx';
import { readField, readFields } from '../request/read-form.ts';

const FREQUENCIES: readonly Frequency[] = ['weekly', 'monthly'];

/** Those of the public comparisons, and those that the reader has chosen: a category may be gone for a while. */
export async function listChoosable(
  { db, now }: Context,
  { categories }: Pick<Row<'subscribers'>, 'categories'>,
): Promise<string[]> {
  const found = await listCategories(db, now());
  return [...new Set([...found, ...categories].map(categoryLabel))].toSorted();
}

export function FrequencyForm({ action, frequency }: { action: string; frequency: Frequency }) {
  const isWeekly = frequency === 'weekly';
  return (
    <>
      <h2>How often</h2>
      <p>
        {isWeekly
          ? 'Every issue as it comes out, with your votes in it. Would you rather have one email a month?'
          : 'One email a month with all its issues and how readers voted. Votes are cast in the weekly issues.'}
      </p>
      <form method="post" action={action}>
        <button type="submit" name="frequency" value={isWeekly ? 'monthly' : 'weekly'} className="plain">
          {isWeekly ? 'Once a month' : 'Every week'}
        </button>
      </form>
    </>
  );
}

interface CategoriesProps extends Pick<Row<'subscribers'>, 'categories' | 'always_lead'> {
  action: string;
  choosable: readonly string[];
}

export function CategoriesForm({ action, categories: chosen, always_lead, choosable }: CategoriesProps) {
  const categories = chosen.map(categoryLabel);
  const [one = ''] = categories;
  const names = categories.length === 1 ? one : `${categories.length} categories`;
  return (
    <>
      <h2 id="categories">What you get</h2>
      <p role="status">
        {categories.length === 0
          ? 'Every comparison. Choose categories to get only theirs.'
          : `Comparisons of ${names}${always_lead ? ', and each week’s main one' : ' only'}.`}
      </p>
      <form method="post" action={action}>
        <fieldset>
          <legend>Categories</legend>
          <div className="options">
            {choosable.map((category) => (
              <label key={category} className="option">
                <input
                  type="checkbox"
                  name="category[]"
                  value={category}
                  defaultChecked={categories.includes(category)}
                />
                {category}
              </label>
            ))}
          </div>
        </fieldset>
        <fieldset>
          <legend>If the week’s main comparison is in another category</legend>
          <label className="option">
            <input type="radio" name="lead" value="always" defaultChecked={always_lead} />
            Send it to me as well
          </label>
          <label className="option">
            <input type="radio" name="lead" value="theirs" defaultChecked={!always_lead} />
            Leave it out; send no email in a week without any of my categories
          </label>
        </fieldset>
        <button type="submit" name="choose" value="categories" className="plain">
          Save
        </button>
      </form>
    </>
  );
}

interface MorningProps extends Pick<Row<'subscribers'>, 'morning_zone'> {
  action: string;
  /** When this reader gets the next issue, if that is certain. */
  nextAt: Date | undefined;
  timezone: string;
}

export function MorningForm({ action, morning_zone, nextAt, timezone }: MorningProps) {
  const isListed = [...ZONES.values()].some((zones) => zones.includes(morning_zone ?? ''));
  return (
    <>
      <h2 id="morning">When</h2>
      <p role="status">
        {morning_zone === null
          ? `As soon as an issue is out${nextAt ? `: next on ${describeSendTime(nextAt, timezone)}` : ''}.`
          : `At 08:00 in ${placeOf(morning_zone)}, on the first morning after an issue is out.`}
      </p>
      <form method="post" action={action} className="row">
        <input type="hidden" name="choose" value="morning" />
        <div className="grow">
          <label htmlFor="zone">At 08:00 in this time zone</label>
          <select id="zone" name="zone" defaultValue={morning_zone ?? ''}>
            <option value="">None: as soon as it’s out</option>
            {morning_zone === null || isListed ? null : (
              <option value={morning_zone}>{placeOf(morning_zone)}</option>
            )}
            {[...ZONES].map(([region, zones]) => (
              <optgroup key={region} label={region}>
                {zones.map((zone) => (
                  <option key={zone} value={zone}>
                    {placeOf(zone)}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </div>
        <button type="submit" className="plain">
          Save
        </button>
        <button id="here" type="submit" name="zone" className="plain" hidden>
          At 08:00 in
        </button>
      </form>
    </>
  );
}

/** The preferences in a post of one of these forms; empty for any other form or an unknown time zone. */
export async function readChoices(
  c: PageContext,
  choosable: readonly string[],
): Promise<Partial<Preferences>> {
  switch (await readField(c, 'choose')) {
    case 'categories': {
      const chosen = await readFields(c, 'category[]');
      return {
        categories: choosable.filter((category) => chosen.includes(category)),
        always_lead: (await readField(c, 'lead')) !== 'theirs',
      };
    }
    case 'morning': {
      const zone = await readField(c, 'zone');
      return zone === '' || findMorning(zone, c.get('context').now())
        ? { morning_zone: currentNameOf(zone) || null }
        : {};
    }
    default: {
      const asked = await readField(c, 'frequency');
      const frequency = FREQUENCIES.find((name) => name === asked);
      return frequency ? { frequency } : {};
    }
  }
}
