import type { BaseHashes } from './_merge-item.ts';
import type { Row } from '../../database/schema.ts';
import { CONTENT_KINDS, type ContentField, type ContentKind, type Values } from './_content-kinds.ts';

interface ItemFormProps {
  kind: ContentKind;
  /** Undefined for a new one. */
  slug: string | undefined;
  values: Values;
  seen: BaseHashes;
  revision: string;
  /** As an import writes them: "name: is empty; add some text". */
  problems: readonly string[];
  timezone: string;
  tools: readonly { slug: string; name: string }[];
  reviewers: readonly Row<'reviewers'>[];
}

export function ItemForm(props: ItemFormProps) {
  const { kind, slug, values, seen, revision, problems, reviewers } = props;
  const fields: ContentField[] = [
    ...(slug === undefined
      ? [
          {
            name: 'slug',
            label: 'Slug',
            hint: 'In its address; cannot be changed later',
            input: 'line',
            maxLength: 100,
          } as const,
        ]
      : []),
    ...CONTENT_KINDS[kind].fields,
  ];
  const named = new Set(fields.map(({ name }) => name));
  const others = problems.filter((problem) => !named.has(fieldOf(problem)));
  // No autocomplete: the fields that a browser restores on going back may be older than what others saved.
  return (
    <form
      method="post"
      action={slug === undefined ? `/studio/new/${kind}` : `/studio/content/${kind}/${slug}`}
      className="sheet wide"
      autoComplete="off"
    >
      <input type="hidden" name="revision" value={revision} />
      <input type="hidden" name="seen" value={JSON.stringify(seen)} />
      {problems.length > 0 ? (
        <div className="problem" role="alert">
          <p>Nothing was saved.{others.length < problems.length ? ' See the fields below.' : ''}</p>
          <ul>
            {others.map((problem) => (
              <li key={problem}>{nameReviewer(problem, values)}</li>
            ))}
          </ul>
        </div>
      ) : null}
      {fields.map((field) => (
        <Field key={field.name} field={field} {...props} />
      ))}
      {reviewers.map((reviewer) => (
        <Review key={reviewer.slug} reviewer={reviewer} values={values} />
      ))}
      <button type="submit">Save</button>
    </form>
  );
}

function Field({ field, values, problems, timezone, tools }: ItemFormProps & { field: ContentField }) {
  const { name, label, hint, input, options = {}, isOptional, maxLength } = field;
  const problem = problems.find((one) => fieldOf(one) === name);
  const shared = {
    id: name,
    name,
    defaultValue: values[name] ?? '',
    'aria-invalid': problem ? true : undefined,
    'aria-describedby': problem ? `${name}-problem` : undefined,
  };
  const names = input === 'tool' ? Object.fromEntries(tools.map((tool) => [tool.slug, tool.name])) : options;
  return (
    <>
      <label htmlFor={name}>
        {label}
        {input === 'time' ? ` (${timezone})` : ''}
        {hint ? <span className="quiet">, {hint}</span> : null}
        {/* No maximum length of the field: a browser would cut what is pasted, without a word. */}
        {maxLength ? <span className="quiet">, at most {maxLength} characters</span> : null}
      </label>
      {problem ? (
        <p className="problem" id={`${name}-problem`}>
          {problem.replace(/^[^:]*: /, '')}
        </p>
      ) : null}
      <p>
        {input === 'paragraph' ? (
          <textarea {...shared} rows={4} required />
        ) : input === 'choice' || input === 'tool' ? (
          <select {...shared} required>
            <option value="">Choose …</option>
            {Object.entries(names).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        ) : (
          <input
            {...shared}
            type={input === 'day' ? 'date' : input === 'time' ? 'datetime-local' : 'text'}
            required={!isOptional}
          />
        )}
      </p>
    </>
  );
}

function Review({ reviewer: { slug, name, lens }, values }: { reviewer: Row<'reviewers'>; values: Values }) {
  return (
    <fieldset>
      <legend>
        {name} <span className="quiet">({lens})</span>
      </legend>
      <label htmlFor={`verdict-${slug}`}>Verdict of {name}</label>
      <p>
        <select
          id={`verdict-${slug}`}
          name={`verdict:${slug}`}
          defaultValue={values[`verdict:${slug}`] ?? ''}
        >
          <option value="">No review</option>
          <option value="ship">Ship</option>
          <option value="skip">Skip</option>
        </select>
      </p>
      <label htmlFor={`quote-${slug}`}>What {name} says</label>
      <p>
        <textarea
          id={`quote-${slug}`}
          name={`quote:${slug}`}
          rows={4}
          defaultValue={values[`quote:${slug}`] ?? ''}
        />
      </p>
    </fieldset>
  );
}

/** The field that a problem is about. */
function fieldOf(problem: string): string {
  const [path = ''] = problem.split(':');
  return path.startsWith('tools[') ? (path === 'tools[0]' ? 'tool_a' : 'tool_b') : path;
}

/** "reviews[1].quote: is empty" names the reviewer instead of a number. */
function nameReviewer(problem: string, values: Values): string {
  const reviewers = Object.keys(values).flatMap((name) => {
    const [, reviewer] = /^verdict:(.+)$/.exec(name) ?? [];
    return reviewer && (values[name] || values[`quote:${reviewer}`]) ? [reviewer] : [];
  });
  return problem.replace(
    /^reviews\[(\d+)\]\.?/,
    (_, index: string) => `the review of ${reviewers[Number(index)] ?? '?'}, `,
  );
}
