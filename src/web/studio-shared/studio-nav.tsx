const PAGES = [
  ['This week', '/studio'],
  ['Content', '/studio/content'],
  ['Readers', '/studio/readers'],
  ['Learn', '/studio/learn'],
  ['Log', '/studio/log'],
  ['Doctor', '/studio/doctor'],
] as const;

/** The pages of the studio, above each of them. */
export function StudioNav({ current }: { current?: (typeof PAGES)[number][0] }) {
  return (
    <nav aria-label="Studio">
      <ul className="tabs">
        {PAGES.map(([name, href]) => (
          <li key={name}>
            <a href={href} aria-current={name === current ? 'page' : undefined}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
