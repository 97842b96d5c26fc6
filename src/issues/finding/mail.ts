/** The HTML and text parts of a mail; all its links must be under `public_url`, or lead to the site's comparisons. */
export interface Mail {
  html: string;
  text: string;
  public_url: string;
  /** Contains `{slug}`. */
  comparison_url?: string | undefined;
}
