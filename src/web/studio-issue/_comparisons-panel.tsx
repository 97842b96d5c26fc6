import type { Issue } from '../../issues/record/issue.ts';

/** A comparison that could be in the issue, and why it is not. */
export interface Addition {
  slug: string;
  /** "A vs B" */
  name: string;
  why: string;
}

interface ComparisonsProps {
  issue: Issue;
  additions: readonly Addition[];
}

/** The comparisons with buttons to change their order, leave one out or add another. */
export function Comparisons({ issue, additions }: ComparisonsProps) {
  const comparisons = [issue.content.lead, ...issue.content.more];
  const slugs = comparisons.map(({ slug }) => slug);
  return (
    <section className="sheet" aria-labelledby="comparisons">
      <h2 id="comparisons">Comparisons</h2>
      <ol className="ballot" data-reorder="">
        {comparisons.map(({ slug, headline }, index) => (
          <li key={slug} data-slug={slug}>
            <span>
              <strong>{headline}</strong> {index === 0 ? <span className="chip chip-plain">lead</span> : null}
              <Objections issue={issue} slug={slug} />
            </span>
            <span className="buttons">
              {index > 0 ? (
                <Arrange
                  issue={issue}
                  order={moved(slugs, index, index - 1)}
                  button="Move up"
                  of={headline}
                />
              ) : null}
              {index < slugs.length - 1 ? (
                <Arrange
                  issue={issue}
                  order={moved(slugs, index, index + 1)}
                  button="Move down"
                  of={headline}
                />
              ) : null}
              {slugs.length > 1 ? (
                <Arrange issue={issue} order={slugs.toSpliced(index, 1)} button="Leave out" of={headline} />
              ) : null}
            </span>
          </li>
        ))}
      </ol>
      {additions.length > 0 ? <Add issue={issue} slugs={slugs} additions={additions} /> : null}
    </section>
  );
}

/** Why a comparison that staff chose had been left out. */
function Objections({ issue, slug }: { issue: Issue; slug: string }) {
  const reasons = issue.choice.picks.find((pick) => pick.slug === slug)?.reasons ?? [];
  const objections = reasons.filter((reason) => reason.startsWith('although '));
  return objections.length === 0 ? null : (
    <>
      <br />
      <span className="problem">Chosen by staff, {objections.join(', ')}</span>
    </>
  );
}

function Arrange({
  issue,
  order,
  button,
  of,
}: {
  issue: Issue;
  order: readonly string[];
  button: string;
  of: string;
}) {
  return (
    <form method="post" action={`/studio/issues/${issue.week}/arrange`} autoComplete="off">
      <input type="hidden" name="expected" value={issue.content_hash} />
      <input type="hidden" name="order" value={order.join(' ')} />
      <button type="submit" className="plain" aria-label={`${button}: ${of}`}>
        {button}
      </button>
    </form>
  );
}

function Add({ issue, slugs, additions }: ComparisonsProps & { slugs: readonly string[] }) {
  return (
    <form
      method="post"
      action={`/studio/issues/${issue.week}/arrange`}
      className="row wide"
      autoComplete="off"
    >
      <input type="hidden" name="expected" value={issue.content_hash} />
      <input type="hidden" name="order" value={slugs.join(' ')} />
      <div className="grow">
        <label htmlFor="add">Add another</label>
        <select id="add" name="add" required defaultValue="">
          <option value="" disabled>
            Choose a comparison
          </option>
          {additions.map(({ slug, name, why }) => (
            <option key={slug} value={slug}>
              {name}: {why}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label htmlFor="instead">In place of</label>
        <select id="instead" name="instead" defaultValue="">
          <option value="">none, at the end</option>
          {[issue.content.lead, ...issue.content.more].map(({ slug, headline }) => (
            <option key={slug} value={slug}>
              {headline}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" className="plain">
        Add
      </button>
    </form>
  );
}

function moved(slugs: readonly string[], from: number, to: number): string[] {
  const [slug = ''] = slugs.slice(from, from + 1);
  return slugs.toSpliced(from, 1).toSpliced(to, 0, slug);
}
