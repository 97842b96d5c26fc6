interface DecisionFormProps {
  week: string;
  /** What is decided about, for a screen reader. */
  name: string;
  /** Which votes; see `VoteGroup`. */
  group: Record<string, string>;
  /** Staff have voided them, which can be taken back. */
  isVoided?: boolean;
}

/** Releases or voids a group of votes, with a reason. */
export function DecisionForm({ week, name, group, isVoided = false }: DecisionFormProps) {
  return (
    <form method="post" action={`/studio/issues/${week}/release-votes`} className="buttons">
      {Object.entries(group).map(([field, value]) => (
        <input key={field} type="hidden" name={field} value={value} />
      ))}
      <input name="why" required maxLength={500} aria-label={`Why, for ${name}`} placeholder="Why" />
      <button
        type="submit"
        className="plain"
        aria-label={`${isVoided ? 'Take the void back' : 'Release'}: ${name}`}
      >
        {isVoided ? 'Take the void back' : 'Release'}
      </button>
      {isVoided ? null : (
        <button
          type="submit"
          className="plain"
          formAction={`/studio/issues/${week}/void-votes`}
          aria-label={`Void: ${name}`}
        >
          Void
        </button>
      )}
    </form>
  );
}
