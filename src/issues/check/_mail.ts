/** The HTML and text parts of a mail; all its links must be under `public_url`. */
export interface Mail {
  html: string;
  text: string;
  public_url: string;
}
