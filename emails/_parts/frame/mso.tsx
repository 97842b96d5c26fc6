/** Placeholder for a conditional comment for Outlook, which JSX cannot express; `cleanHtml` writes the comment. */
export function Mso({ children }: { children: string }) {
  return <template data-mso={children} />;
}
