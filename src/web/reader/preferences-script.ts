import { createHash } from 'node:crypto';

/**
 * Offers the browser's time zone to a reader who has another, or none. Browsers use old names for some zones, so it looks for the
 * option that means the same zone.
 */
export const preferencesScript = `(() => {
  const button = document.getElementById('here');
  const select = document.getElementById('zone');
  if (!button || !select) return;
  const nameOf = (timeZone) => new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  const zone = nameOf(undefined);
  const isHere = ({ value }) => {
    try {
      return value === zone || (value && nameOf(value) === zone);
    } catch {
      return false;
    }
  };
  const here = [...select.options].find(isHere);
  if (!here || here.selected) return;
  button.value = here.value;
  button.textContent += ' ' + here.textContent;
  button.hidden = false;
})();
`;

export const PREFERENCES_SCRIPT_PATH = `/assets/preferences-${createHash('sha256').update(preferencesScript).digest('hex').slice(0, 12)}.js`;
