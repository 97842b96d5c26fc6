/** Our names for the columns of a list. */
export const LIST_COLUMNS = [
  'email',
  'status',
  'confirmed_at',
  'left_at',
  'consent_source',
  'categories',
  'engaged_at',
];
/** The columns of our own export that a list does not have. */
export const OWN_COLUMNS =
  'consent_form consent_wording requested_at confirmation_sent_at confirmed_by unsubscribed_at suppressed_at suppressed_reason lead frequency morning_zone paused_until still_asked_at reminded_at digest_month past_consents'.split(
    ' ',
  );

/** Other names for the column of addresses, as spreadsheets and mail programs write them. */
export const ADDRESS_COLUMNS = [
  'e-mail',
  'email address',
  'e-mail address',
  'email_address',
  'emailaddress',
  'mail',
  'e-mail-adresse',
  'email-adresse',
  'adresse e-mail',
  'correo electrónico',
];
