import fc from 'fast-check';
import { expect, test } from 'vitest';
import { THRESHOLDS } from '../../src/config/settings/judging-settings.ts';
import type { MailClass } from '../../src/database/schema.ts';
import type { Cast, Circumstances, LinkOpen } from '../../src/votes/evidence/evidence.ts';
import { judge } from '../../src/votes/judge/judge.ts';
import type { Reason } from '../../src/votes/judge/reason.ts';

const SENT = Date.UTC(2026, 10, 24, 14);
const at = (seconds: number) => new Date(SENT + seconds * 1_000);

/** A vote by button at this number of seconds after delivery, 5 s after rendering, without suspicious circumstances. */
function castAt(seconds: number, changes: Partial<Cast> = {}): Cast {
  return {
    tool_slug: 'harborlight',
    choice: 'ship',
    way: 'button',
    cast_at: at(seconds),
    rendered_at: at(seconds - 5),
    hand_at: null,
    is_remembered: false,
    source_readers: 1,
    early_source_readers: 0,
    crowd_finding: null,
    decision: null,
    ...changes,
  };
}

function circumstances(mail_class: MailClass, opens: LinkOpen[] = []): Circumstances {
  return { arrived_at: at(0), mail_class, opens };
}

/** `ship`, `skip` or the reason why it is held. */
function resultOf(
  casts: Cast[],
  mail_class: MailClass = 'clean',
  opens: LinkOpen[] = [],
): string | undefined {
  const judgement = judge(casts, circumstances(mail_class, opens), THRESHOLDS).get('harborlight');
  return judgement?.state === 'counted' ? judgement.choice : (judgement?.reason ?? undefined);
}

const opened = (tool_slug: string, choice: 'ship' | 'skip', seconds: number): LinkOpen => ({
  tool_slug,
  choice,
  first_at: at(seconds),
  last_at: at(seconds),
});
const sweepAt = (seconds: number) =>
  ['harborlight', 'quillbench'].flatMap((tool) => [
    opened(tool, 'ship', seconds),
    opened(tool, 'skip', seconds),
  ]);
const automatic = { way: 'automatic' as const };
const byHand = (seconds: number) => ({ hand_at: at(seconds) });

/** The buttons of three tools whose pages were opened at almost the same time, one after the other. */
const pressedFromSweep = (start: number, seconds: number) =>
  ['harborlight', 'quillbench', 'mossgate'].map((tool_slug, index) => {
    const pressed = start + index * seconds;
    return castAt(pressed, {
      tool_slug,
      rendered_at: at(start - 2 + index * 0.15),
      ...byHand(pressed),
    });
  });

test.each<[string, string, Cast[], MailClass, LinkOpen[]?]>([
  ['a button, hours later', 'ship', [castAt(7_200)], 'clean'],
  ['a button on a host that scans, hours later', 'ship', [castAt(7_200)], 'scanned'],
  ['an automatic vote on a clean host', 'ship', [castAt(7_200, automatic)], 'clean'],
  ['an automatic vote on an unknown host', 'no sign of a person', [castAt(7_200, automatic)], 'unknown'],
  ['the same with human interaction', 'ship', [castAt(7_200, { ...automatic, ...byHand(7_201) })], 'unknown'],
  ['an automatic vote on a host that scans', 'no sign of a person', [castAt(7_200, automatic)], 'scanned'],
  [
    'the same in a remembered browser',
    'ship',
    [castAt(7_200, { ...automatic, is_remembered: true })],
    'scanned',
  ],
  ['an automatic vote 59 s after delivery', 'at delivery', [castAt(59, automatic)], 'clean'],
  ['an automatic vote 61 s after delivery', 'ship', [castAt(61, automatic)], 'clean'],
  ['an automatic vote before delivery is known', 'at delivery', [castAt(-30, automatic)], 'clean'],
  ['a button 29 min after delivery on a host that scans', 'at delivery', [castAt(29 * 60)], 'scanned'],
  [
    'the same with human interaction, which may be a scanner’s on its first visit',
    'at delivery',
    [castAt(29 * 60, byHand(29 * 60))],
    'scanned',
  ],
  [
    'the same once another link was opened: the scanner has been there',
    'ship',
    [castAt(29 * 60, byHand(29 * 60))],
    'scanned',
    [{ tool_slug: 'quillbench', choice: 'skip', first_at: at(120), last_at: at(120) }],
  ],
  ['the same after the scanning window', 'ship', [castAt(31 * 60, byHand(31 * 60))], 'scanned'],
  [
    'a second press on the page that answered the first',
    'ship',
    [castAt(300, byHand(300)), castAt(320, { ...byHand(320), rendered_at: at(300.5) })],
    'scanned',
  ],
  [
    'human interaction 9 min after delivery where scanners press',
    'at delivery',
    [castAt(540, byHand(540))],
    'pressed',
  ],
  [
    'human interaction 11 min after delivery where scanners press and have come',
    'ship',
    [castAt(660, byHand(660))],
    'pressed',
    [opened('quillbench', 'skip', 40)],
  ],
  ['a button 29 min after delivery on an unknown host', 'ship', [castAt(29 * 60)], 'unknown'],
  ['under a second after rendering', 'too fast', [castAt(7_200, { rendered_at: at(7_199.1) })], 'clean'],
  [
    'fast on the ballot, by hand',
    'ship',
    [castAt(7_200, { way: 'ballot', rendered_at: at(7_199.5), ...byHand(7_200) })],
    'clean',
  ],
  ['fast on the ballot', 'too fast', [castAt(7_200, { way: 'ballot', rendered_at: at(7_199.5) })], 'clean'],
  ['without the signed time', 'too fast', [castAt(7_200, { rendered_at: null })], 'clean'],
  ['both choices within 3 s', 'both choices', [castAt(7_200), castAt(7_202, { choice: 'skip' })], 'clean'],
  [
    'a change after 4 s: the first stands',
    'ship',
    [castAt(7_200), castAt(7_204, { choice: 'skip' })],
    'clean',
  ],
  [
    'the same, pressed again 11 s later',
    'skip',
    [castAt(7_200), castAt(7_204, { choice: 'skip' }), castAt(7_215, { choice: 'skip' })],
    'clean',
  ],
  [
    'there and back within seconds: the first stands',
    'ship',
    [castAt(7_200), castAt(7_204, { choice: 'skip' }), castAt(7_208)],
    'clean',
  ],
  [
    'both choices of two tools, one after the other',
    'both choices',
    [
      castAt(7_200),
      castAt(7_203, { choice: 'skip' }),
      castAt(7_206, { tool_slug: 'quillbench' }),
      castAt(7_209, { tool_slug: 'quillbench', choice: 'skip' }),
    ],
    'clean',
  ],
  ['both choices 11 s apart', 'skip', [castAt(7_200), castAt(7_211, { choice: 'skip' })], 'clean'],
  [
    'a correction by hand within 10 s',
    'skip',
    [castAt(7_200, automatic), castAt(7_205, { choice: 'skip', ...byHand(7_205) })],
    'clean',
  ],
  [
    'both choices by hand while scanners may be active',
    'both choices',
    [castAt(200, byHand(200)), castAt(205, { choice: 'skip', ...byHand(205) })],
    'scanned',
  ],
  [
    'both choices by hand and a vote on another tool: the first stands',
    'ship',
    [
      castAt(7_200, byHand(7_200)),
      castAt(7_203, { choice: 'skip', ...byHand(7_203) }),
      castAt(7_204, { tool_slug: 'quillbench', ...byHand(7_204) }),
    ],
    'clean',
  ],
  [
    'a correction by hand, then another tool of the ballot',
    'skip',
    [
      castAt(7_200, automatic),
      castAt(7_203, { choice: 'skip', ...byHand(7_203) }),
      castAt(7_205, { tool_slug: 'quillbench', way: 'ballot', ...byHand(7_205) }),
    ],
    'clean',
  ],
  [
    'both choices by hand, also of another tool of the ballot',
    'both choices',
    [
      castAt(7_200, byHand(7_200)),
      castAt(7_203, { choice: 'skip', ...byHand(7_203) }),
      castAt(7_204, { tool_slug: 'quillbench', way: 'ballot', ...byHand(7_204) }),
      castAt(7_205, { tool_slug: 'quillbench', choice: 'skip', way: 'ballot', ...byHand(7_205) }),
    ],
    'clean',
  ],
  [
    'three tools within 2 s',
    'many tools at once',
    [castAt(7_200), castAt(7_201, { tool_slug: 'quillbench' }), castAt(7_202, { tool_slug: 'mossgate' })],
    'clean',
  ],
  [
    'three tools within 2 s on the ballot',
    'ship',
    ['harborlight', 'quillbench', 'mossgate'].map((tool_slug, index) =>
      castAt(7_200 + index / 2, { tool_slug, way: 'ballot' }),
    ),
    'clean',
  ],
  [
    'three tools within 2.1 s',
    'ship',
    [castAt(7_200), castAt(7_201, { tool_slug: 'quillbench' }), castAt(7_202.1, { tool_slug: 'mossgate' })],
    'clean',
  ],
  [
    'both links of two tools opened around it, as a browser does in advance',
    'ship',
    [castAt(7_200)],
    'clean',
    sweepAt(7_195),
  ],
  ['the same on a host that nobody knows', 'ship', [castAt(7_200)], 'unknown', sweepAt(7_195)],
  [
    'an automatic vote in a mail whose links were all opened, on a clean host',
    'no sign of a person',
    [castAt(7_200, automatic)],
    'clean',
    sweepAt(7_000),
  ],
  [
    'the same with human interaction',
    'ship',
    [castAt(7_200, { ...automatic, ...byHand(7_201) })],
    'clean',
    sweepAt(7_000),
  ],
  [
    'an automatic vote where both links of one tool were opened',
    'ship',
    [castAt(7_200, automatic)],
    'clean',
    [opened('harborlight', 'ship', 7_190), opened('harborlight', 'skip', 7_195)],
  ],
  ['a form posted 5 s after delivery where nobody knows the host', 'at delivery', [castAt(5)], 'unknown'],
  ['the same with human interaction', 'ship', [castAt(5, byHand(5))], 'unknown'],
  ['a button 21 s after delivery where nobody knows the host', 'ship', [castAt(21)], 'unknown'],
  ['a button 5 s after delivery on a clean host', 'ship', [castAt(5)], 'clean'],
  [
    'five readers of one source within minutes of delivery',
    'one source',
    [castAt(600, { source_readers: 5, early_source_readers: 5 })],
    'unknown',
  ],
  ['four of them', 'ship', [castAt(600, { source_readers: 4, early_source_readers: 4 })], 'unknown'],
  [
    'the same five with human interaction',
    'ship',
    [castAt(600, { source_readers: 5, early_source_readers: 5, ...byHand(600) })],
    'unknown',
  ],
  [
    'an office of thirty, hours later and without scripts',
    'ship',
    [castAt(7_200, { source_readers: 30, early_source_readers: 30 })],
    'unknown',
  ],
  [
    'a carrier’s network, a page that nobody touched',
    'ship',
    [castAt(600, { ...automatic, source_readers: 500, early_source_readers: 100 })],
    'clean',
  ],
  [
    'an office at a host that presses, the next day',
    'ship',
    [castAt(86_400, { source_readers: 30, early_source_readers: 30, ...byHand(86_400) })],
    'pressed',
  ],
  [
    'the same within hours, from the scanner’s machine',
    'at delivery',
    [castAt(7_200, { source_readers: 30, early_source_readers: 30, ...byHand(7_200) })],
    'pressed',
    sweepAt(40),
  ],
  [
    'a hand where scanners press, after the scanner has come',
    'ship',
    [castAt(7_200, byHand(7_200))],
    'pressed',
    [opened('quillbench', 'skip', 40)],
  ],
  [
    'the same before it has come',
    'at delivery',
    [castAt(7_200, byHand(7_200))],
    'pressed',
    [opened('harborlight', 'ship', 7_195)],
  ],
  [
    'a scanner that presses the same link again',
    'at delivery',
    [castAt(40, byHand(40)), castAt(3_640, byHand(3_640))],
    'pressed',
    [opened('harborlight', 'ship', 35)],
  ],
  [
    'the same once six hours are over',
    'no sign of a person',
    [castAt(18_000, byHand(18_000)), castAt(22_000, byHand(22_000))],
    'pressed',
    [opened('harborlight', 'ship', 17_995)],
  ],
  [
    'the same by a person, on the page that answered it',
    'ship',
    [castAt(18_000, byHand(18_000)), castAt(22_000), castAt(22_020, { rendered_at: at(22_001) })],
    'pressed',
    [opened('harborlight', 'ship', 17_995)],
  ],
  [
    'the same although a person opened another link in between',
    'no sign of a person',
    [castAt(18_000, byHand(18_000)), castAt(22_000, byHand(22_000))],
    'pressed',
    [opened('harborlight', 'ship', 17_995), opened('quillbench', 'skip', 20_000)],
  ],
  [
    'the same after a change in between',
    'ship',
    [
      castAt(18_000, byHand(18_000)),
      castAt(21_700, { choice: 'skip', ...byHand(21_700) }),
      castAt(22_000, byHand(22_000)),
    ],
    'pressed',
    [opened('harborlight', 'ship', 17_995), opened('harborlight', 'skip', 21_695)],
  ],
  [
    'the same on the next day',
    'ship',
    [castAt(18_000, byHand(18_000)), castAt(86_400, byHand(86_400))],
    'pressed',
    [opened('harborlight', 'ship', 17_995)],
  ],
  [
    'the same after a vote with the cookie',
    'ship',
    [castAt(18_000, { is_remembered: true }), castAt(22_000)],
    'pressed',
    [opened('harborlight', 'ship', 17_995)],
  ],
  [
    'the same in the ballot',
    'ship',
    [castAt(18_000, { way: 'ballot' }), castAt(22_000, { way: 'ballot' })],
    'pressed',
  ],
  [
    'a link that a scanner pressed among others, once six hours are over',
    'ship',
    [castAt(18_000, byHand(18_000)), castAt(22_000, byHand(22_000))],
    'pressed',
    [opened('harborlight', 'ship', 17_995), opened('quillbench', 'skip', 17_996)],
  ],
  [
    'the same link again where scanners do not press',
    'ship',
    [castAt(40, byHand(40)), castAt(22_000, byHand(22_000))],
    'scanned',
    [opened('harborlight', 'ship', 35)],
  ],
  [
    'three tools in tabs within 2 s, a hand on each',
    'ship',
    ['harborlight', 'quillbench', 'mossgate'].map((tool_slug, index) =>
      castAt(7_200 + index / 2, {
        tool_slug,
        rendered_at: at(7_190 + index / 10),
        ...byHand(7_200 + index / 2),
      }),
    ),
    'unknown',
  ],
  [
    'the same minutes after delivery, opened one by one',
    'ship',
    ['harborlight', 'quillbench', 'mossgate'].map((tool_slug, index) =>
      castAt(200 + index / 2, { tool_slug, rendered_at: at(190 + index / 3), ...byHand(200 + index / 2) }),
    ),
    'unknown',
  ],
  [
    'the same opened in one sweep',
    'many tools at once',
    ['harborlight', 'quillbench', 'mossgate'].map((tool_slug, index) =>
      castAt(200 + index / 2, { tool_slug, rendered_at: at(190 + index / 10), ...byHand(200 + index / 2) }),
    ),
    'unknown',
  ],
  [
    'the same where the host scans, at delivery',
    'many tools at once',
    ['harborlight', 'quillbench', 'mossgate'].map((tool_slug, index) =>
      castAt(200 + index / 2, { tool_slug, rendered_at: at(190 + index / 10), ...byHand(200 + index / 2) }),
    ),
    'scanned',
  ],
  ...[3, 6, 11].map((seconds): [string, string, Cast[], MailClass] => [
    `pages opened in one sweep and pressed ${seconds} s apart, at delivery, a hand on each`,
    'many tools at once',
    pressedFromSweep(200, seconds),
    'clean',
  ]),
  ['the same with two tools', 'ship', pressedFromSweep(200, 3).slice(0, 2), 'clean'],
  [
    'the same of which two are the ballot of one of the pages',
    'ship',
    pressedFromSweep(200, 3).map((cast, index) => (index > 0 ? { ...cast, way: 'ballot' as const } : cast)),
    'clean',
  ],
  [
    'the same in tabs whose pages cast by themselves',
    'ship',
    pressedFromSweep(200, 3).map((cast) => ({ ...cast, ...automatic })),
    'clean',
  ],
  ['the same hours later, in tabs that the browser restored', 'ship', pressedFromSweep(7_200, 3), 'clean'],
  [
    'the same around the end of the scanning window',
    'many tools at once',
    pressedFromSweep(1_790, 8),
    'clean',
  ],
  [
    'the same pressed within seconds of the sweep, hours later',
    'many tools at once',
    pressedFromSweep(7_200, 1),
    'clean',
  ],
  ['the same with two tools, hours later', 'ship', pressedFromSweep(7_200, 1).slice(0, 2), 'clean'],
  [
    'a press that repeats an early one, after the reader has voted otherwise with the cookie',
    'ship',
    [
      castAt(40, { choice: 'skip', ...byHand(40) }),
      castAt(700, { ...automatic, is_remembered: true }),
      castAt(3_640, { choice: 'skip', ...byHand(3_640) }),
    ],
    'pressed',
    [opened('harborlight', 'skip', 35), opened('harborlight', 'ship', 690)],
  ],
  [
    'the same if the reader’s own vote had no cookie',
    'skip',
    [
      castAt(40, { choice: 'skip', ...byHand(40) }),
      castAt(700, byHand(700)),
      castAt(3_640, { choice: 'skip', ...byHand(3_640) }),
    ],
    'pressed',
    [opened('harborlight', 'skip', 35), opened('harborlight', 'ship', 690)],
  ],
  [
    'a first vote with a hand where a scanner pressed before, and the cookie only afterwards',
    'ship',
    [
      castAt(40, byHand(40)),
      castAt(3_640, byHand(3_640)),
      castAt(3_700, { tool_slug: 'quillbench', ...automatic, is_remembered: true }),
    ],
    'pressed',
    [opened('mossgate', 'ship', 34), opened('harborlight', 'ship', 35)],
  ],
  [
    'three forms without the time of their page',
    'too fast',
    pressedFromSweep(200, 3).map((cast) => ({ ...cast, rendered_at: null })),
    'clean',
  ],
  [
    'a change after 4 s without scripts, on the page that answered the first',
    'skip',
    [castAt(7_200), castAt(7_204, { choice: 'skip', rendered_at: at(7_200.1) })],
    'clean',
  ],
  [
    'the same, and another tool right afterwards',
    'skip',
    [
      castAt(7_200),
      castAt(7_204, { choice: 'skip', rendered_at: at(7_200.1) }),
      castAt(7_208, { tool_slug: 'quillbench', way: 'ballot', rendered_at: at(7_204.1) }),
    ],
    'clean',
  ],
  [
    'the same with a hand',
    'skip',
    [
      castAt(7_200),
      castAt(7_204, { choice: 'skip', rendered_at: at(7_200.1), ...byHand(7_204) }),
      castAt(7_208, { tool_slug: 'quillbench', way: 'ballot', rendered_at: at(7_204.1) }),
    ],
    'clean',
  ],
  [
    'the same by a link, as a scanner that goes on to the next one',
    'ship',
    [
      castAt(7_200),
      castAt(7_204, { choice: 'skip', rendered_at: at(7_200.1) }),
      castAt(7_208, { tool_slug: 'quillbench', rendered_at: at(7_204.1) }),
    ],
    'clean',
  ],
  [
    'a change on a page that another vote came before',
    'ship',
    [
      castAt(7_198, { tool_slug: 'quillbench', way: 'ballot' }),
      castAt(7_200),
      castAt(7_204, { choice: 'skip', rendered_at: at(7_200.1) }),
    ],
    'clean',
  ],
  [
    'a crowd’s reader, whatever the hand and the cookie say',
    'one origin',
    [castAt(7_200, { crowd_finding: 'one origin', is_remembered: true, ...byHand(7_200) })],
    'clean',
  ],
  [
    'a crowd’s reader one of whose votes staff released',
    'one origin',
    [castAt(7_200, { crowd_finding: 'one origin', decision: 'release' })],
    'clean',
  ],
  ['released by staff', 'ship', [castAt(1, { ...automatic, decision: 'release' })], 'scanned'],
  ['voided by staff', 'voided by staff', [castAt(7_200, { decision: 'void' })], 'clean'],
  ['a second press of a held vote, alone', 'ship', [castAt(100), castAt(120)], 'scanned'],
  ['the same where scanners press', 'at delivery', [castAt(100), castAt(120)], 'pressed'],
  [
    'the same on the page that answered the first',
    'ship',
    [castAt(100), castAt(120, { rendered_at: at(100.2) })],
    'pressed',
  ],
  [
    'the same in the ballot',
    'ship',
    [castAt(100, { way: 'ballot' }), castAt(120, { way: 'ballot', rendered_at: at(100.2) })],
    'pressed',
  ],
  [
    'a second press in another page’s ballot',
    'at delivery',
    [castAt(100, { way: 'ballot' }), castAt(120, { way: 'ballot' })],
    'scanned',
  ],
  [
    'the same, and seconds later on another tool',
    'ship',
    [
      castAt(100),
      castAt(102, { tool_slug: 'quillbench' }),
      castAt(120, { rendered_at: at(100.2) }),
      castAt(123, { tool_slug: 'quillbench' }),
    ],
    'pressed',
  ],
  [
    'a second press, and seconds later a vote with the cookie that it brought',
    'ship',
    [castAt(100), castAt(120), castAt(123, { tool_slug: 'quillbench', is_remembered: true })],
    'scanned',
  ],
  [
    'a scanner that comes twice and presses everything',
    'at delivery',
    [
      castAt(100),
      castAt(104, { tool_slug: 'quillbench' }),
      castAt(160),
      castAt(164, { tool_slug: 'quillbench' }),
    ],
    'scanned',
  ],
  [
    'a later automatic vote of a scanner does not replace a person’s vote',
    'ship',
    [castAt(7_200, byHand(7_200)), castAt(9_000, { choice: 'skip', ...automatic })],
    'scanned',
  ],
  ...(['clean', 'unknown'] as const).map((mail_class): [string, string, Cast[], MailClass] => [
    `a page that was opened before a vote does not change it when it is looked at later, at a host that is ${mail_class}`,
    'ship',
    [
      castAt(7_300, byHand(7_300)),
      castAt(9_000, { choice: 'skip', rendered_at: at(7_200), hand_at: at(9_001), ...automatic }),
    ],
    mail_class,
  ]),
  [
    'a press on such a page does',
    'skip',
    [
      castAt(7_300, byHand(7_300)),
      castAt(9_000, { choice: 'skip', ...automatic }),
      castAt(9_100, { choice: 'skip', ...byHand(9_100) }),
    ],
    'unknown',
  ],
])('%s: %s', (_, expected, casts, mail_class, opens) => {
  expect(resultOf(casts, mail_class, opens)).toBe(expected);
});

test('a reader of a released crowd is in no other, wherever they voted from', () => {
  const both = (first: Cast['crowd_finding'], second: Cast['crowd_finding']) =>
    judge(
      [
        castAt(7_200, { ...byHand(7_200), crowd_finding: first }),
        castAt(9_000, { ...byHand(9_000), tool_slug: 'quillbench', crowd_finding: second }),
      ],
      circumstances('unknown'),
      THRESHOLDS,
    );
  const states = (first: Cast['crowd_finding'], second: Cast['crowd_finding']) =>
    [...both(first, second).values()].map(({ state }) => state);
  expect(states('released', 'voided by staff')).toEqual(['counted', 'counted']);
  expect(states('one origin', 'released')).toEqual(['counted', 'counted']);
  expect(states('one origin', null)).toEqual(['held', 'held']);
});

test('thresholds come from the settings', () => {
  const strict = { ...THRESHOLDS, too_fast_seconds: 6 };
  expect(judge([castAt(7_200)], circumstances('clean'), strict).get('harborlight')?.reason).toBe('too fast');
});

const anyCast = fc
  .record({
    seconds: fc.integer({ min: -60, max: 4_000 }),
    reading: fc.option(fc.double({ min: 0, max: 30, noNaN: true })),
    hand: fc.option(fc.integer({ min: 0, max: 60 })),
    tool_slug: fc.constantFrom('harborlight', 'quillbench', 'mossgate'),
    choice: fc.constantFrom('ship', 'skip'),
    way: fc.constantFrom('automatic', 'button', 'ballot'),
    is_remembered: fc.boolean(),
    source_readers: fc.integer({ min: 0, max: 7 }),
    early_source_readers: fc.integer({ min: 0, max: 25 }),
    decision: fc.constantFrom(null, null, null, 'release', 'void'),
  })
  .map(({ seconds, reading, hand, ...cast }) =>
    castAt(seconds, {
      ...(cast as Partial<Cast>),
      rendered_at: reading === null ? null : at(seconds - reading),
      hand_at: hand === null ? null : at(seconds + hand),
    }),
  );
/** No two casts at the same moment, because then neither of them would be the last. */
const anyCasts = fc.uniqueArray(anyCast, { maxLength: 8, selector: ({ cast_at }) => cast_at.getTime() });
const anyClass = fc.constantFrom<MailClass>('clean', 'unknown', 'scanned', 'pressed');
const anyOpens = fc.array(
  fc
    .record({
      tool: fc.constantFrom('harborlight', 'quillbench'),
      choice: fc.constantFrom('ship', 'skip'),
      seconds: fc.integer({ min: 0, max: 4_000 }),
    })
    .map(({ tool, choice, seconds }) => opened(tool, choice, seconds)),
);

test('the judgement does not depend on the order of casts and evidence', () => {
  fc.assert(
    fc.property(anyCasts, anyCasts, anyClass, anyOpens, (casts, _, mail_class, opens) => {
      const judged = judge(casts, circumstances(mail_class, opens), THRESHOLDS);
      const other = judge(casts.toReversed(), circumstances(mail_class, opens.toReversed()), THRESHOLDS);
      expect(Object.fromEntries(other)).toEqual(Object.fromEntries(judged));
    }),
  );
});

test('each tool that was voted on gets one judgement of an existing cast, either counted or held with a reason', () => {
  fc.assert(
    fc.property(anyCasts, anyClass, anyOpens, (casts, mail_class, opens) => {
      const judged = judge(casts, circumstances(mail_class, opens), THRESHOLDS);
      expect(new Set(judged.keys())).toEqual(new Set(casts.map(({ tool_slug }) => tool_slug)));
      for (const [tool_slug, { choice, cast_at, state, reason }] of judged) {
        expect(casts).toContainEqual(expect.objectContaining({ tool_slug, choice, cast_at }));
        expect(reason === null).toBe(state === 'counted');
      }
    }),
  );
});

test('votes from a remembered browser always count, and human interaction never turns a counted vote into a held one', () => {
  fc.assert(
    fc.property(anyCasts, anyClass, anyOpens, (casts, mail_class, opens) => {
      const around = circumstances(mail_class, opens);
      const remembered = casts.map((cast) => ({
        ...cast,
        is_remembered: true,
        decision: null,
      }));
      for (const { state } of judge(remembered, around, THRESHOLDS).values()) {
        expect(state).toBe('counted');
      }
      const before = judge(casts, around, THRESHOLDS);
      const after = judge(
        casts.map((cast) => ({ ...cast, hand_at: cast.hand_at ?? cast.cast_at })),
        around,
        THRESHOLDS,
      );
      for (const [tool, { state }] of before) {
        expect([state, after.get(tool)?.state]).not.toEqual(['counted', 'held']);
      }
    }),
  );
});

test('no vote that a scanner posts in a sweep counts', () => {
  const reasons = new Set<Reason | null>();
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 86_400 }),
      fc.constantFrom('automatic' as const, 'button' as const),
      fc.boolean(),
      anyClass,
      (start, way, hasHand, mail_class) => {
        const tools = ['harborlight', 'quillbench', 'mossgate'];
        const casts = tools.flatMap((tool_slug, index) =>
          (['ship', 'skip'] as const).map((choice, second) =>
            castAt(start + index * 0.3 + second * 0.1, {
              tool_slug,
              choice,
              way,
              rendered_at: at(start - 2),
              hand_at: hasHand ? at(start) : null,
            }),
          ),
        );
        for (const { state, reason } of judge(casts, circumstances(mail_class), THRESHOLDS).values()) {
          reasons.add(reason);
          expect(state).toBe('held');
        }
      },
    ),
  );
  expect(reasons).toContain('both choices');
});
