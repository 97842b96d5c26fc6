import { getDomain } from 'tldts';
import { countActiveReaders } from './check-context.ts';
import type { CheckContext } from './check-context.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

/** Gmail and Yahoo require DMARC from senders of this many mails a day (docs/resend.md). */
const BULK_READERS = 5_000;
/**
 * The names, below the sender's domain, of Resend's default records: DKIM, and SPF for the domain that bounces go to.
 */
const DKIM_NAME = 'resend._domainkey';
const BOUNCE_NAME = 'send';

type Answer = { records: string[] } | { failed: string };

/** SPF, DKIM and DMARC of the sender's domain, looked up through the machine's own resolver. */
export async function checkSenderRecords(
  { context, resolver }: CheckContext,
  domain: string,
): Promise<Finding[]> {
  const organization = getDomain(domain) ?? domain;
  const ask = (name: string) => findTexts(resolver, name);
  const [dkim, spf, dmarc, parentDmarc] = await Promise.all([
    ask(`${DKIM_NAME}.${domain}`),
    ask(`${BOUNCE_NAME}.${domain}`),
    ask(`_dmarc.${domain}`),
    ask(`_dmarc.${organization}`),
  ]);
  // RFC 7489, section 6.6.3: the organization's record applies if the domain has no DMARC record.
  const own = textsOf(dmarc).filter(isDmarc);
  const failed = [dkim, spf, dmarc, ...(own.length > 0 ? [] : [parentDmarc])].find(
    (answer) => 'failed' in answer,
  );
  if (failed) {
    return [
      warning(
        'DNS',
        `could not be queried (${failed.failed})`,
        'Check whether this machine can resolve names, then run doctor again.',
      ),
    ];
  }
  return [
    checkDkim(textsOf(dkim), domain),
    checkSpf(textsOf(spf), domain),
    checkDmarc(
      own.length > 0 ? own : textsOf(parentDmarc).filter(isDmarc),
      domain,
      await countActiveReaders(context.db),
    ),
  ];
}

function checkDkim(records: string[], domain: string): Finding {
  return records.some((text) => /(?:^|;\s*)p=[A-Za-z0-9+/]{40,}/.test(text))
    ? fine('DKIM', `${DKIM_NAME}.${domain} has a key`)
    : fault(
        'DKIM',
        `${DKIM_NAME}.${domain} has no key, so mails are not signed for ${domain}`,
        'Add the record that Resend shows for the domain.',
      );
}

/** RFC 7208: one record per name, beginning with v=spf1. */
function checkSpf(records: string[], domain: string): Finding {
  const found = records.filter((text) => /^v=spf1(?: |$)/i.test(text));
  const name = `${BOUNCE_NAME}.${domain}`;
  if (found.length > 1) {
    return fault('SPF', `${name} has ${found.length} records, which counts as none`, 'Merge them into one.');
  }
  return found.some((text) => /include:(?:amazonses\.com|[\w.-]*resend\.com)/i.test(text))
    ? fine('SPF', `${name} allows Resend`)
    : warning('SPF', `${name} does not allow Resend`, 'Add the record that Resend shows for the domain.');
}

function isDmarc(text: string): boolean {
  return /^v=DMARC1(?:;|$)/i.test(text);
}

/** RFC 7489, section 6.6.3: there must be exactly one DMARC record. */
function checkDmarc(records: string[], domain: string, readers: number): Finding {
  const policy = /;\s*p=(none|quarantine|reject)/i.exec(records[0] ?? '')?.[1];
  if (records.length === 1 && policy) {
    return fine('DMARC', `policy ${policy.toLowerCase()}`);
  }
  const message =
    records.length > 1
      ? `_dmarc.${domain} has ${records.length} records, which counts as none`
      : `_dmarc.${domain} has no valid record`;
  const advice = `Add a TXT record at _dmarc.${domain}: v=DMARC1; p=none; rua=mailto:you@${domain}`;
  return readers >= BULK_READERS
    ? fault('DMARC', `${message}; Gmail and Yahoo require one from senders of so many mails`, advice)
    : warning('DMARC', message, advice);
}

function textsOf(answer: Answer): string[] {
  return 'records' in answer ? answer.records : [];
}

/** A name without records is an answer; a resolver that does not answer is not. */
async function findTexts(resolver: CheckContext['resolver'], name: string): Promise<Answer> {
  try {
    return { records: (await resolver.resolveTxt(name)).map((parts) => parts.join('')) };
  } catch (error) {
    const { code = 'no answer' } = error as { code?: string };
    return ['ENOTFOUND', 'ENODATA'].includes(code) ? { records: [] } : { failed: code };
  }
}
