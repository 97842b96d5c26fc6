/** The two parts of a mail, and where its links may lead. */
export interface Mail {
  html: string;
  text: string;
  public_url: string;
}
