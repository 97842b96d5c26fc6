import type { StoredMail } from './_find-mail.ts';
import { messageIdOf } from '../store/webhook-payload.ts';

export function MailHeaders({ mail }: { mail: StoredMail }) {
  return (
    <>
      <NamedValues caption="Headers" rows={headerRows(mail)} />
      <NamedValues caption="Resend tags" rows={mail.tags.map(({ name, value }) => [name, value])} />
    </>
  );
}

function headerRows(mail: StoredMail): [string, string][] {
  const rows: [string, string][] = [
    ['From', mail.from_address],
    ['To', mail.to_addresses.join(', ')],
    ['Cc', mail.cc_addresses.join(', ')],
    ['Bcc', mail.bcc_addresses.join(', ')],
    ['Reply-To', mail.reply_to.join(', ')],
    ['Subject', mail.subject],
    ['Date', mail.created_at.toUTCString()],
    ['Message-ID', messageIdOf(mail.id)],
    ...Object.entries(mail.headers),
  ];
  return rows.filter(([, value]) => value !== '');
}

function NamedValues({ caption, rows }: { caption: string; rows: [string, string][] }) {
  return rows.length === 0 ? null : (
    <table>
      <caption>{caption}</caption>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
