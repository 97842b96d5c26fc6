/** JSX cannot write Outlook's conditional comments: this marks the place, the renderer writes the comment. */
export function Mso({ children }: { children: string }) {
  return <template data-mso={children} />;
}
