import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { onTestFinished } from 'vitest';

/**
 * A real DNS server on this machine that has these TXT records and no others, and a resolver that queries it. For names
 * that are broken, it fails.
 */
export async function startDnsServer(
  texts: Record<string, string[]>,
  isBroken: (name: string) => boolean = () => false,
): Promise<Resolver> {
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const { id, questions = [] } = decode(message);
    const name = questions[0]?.name ?? '';
    const records = texts[name] ?? [];
    const answer = encode({
      type: 'response',
      id: id ?? 0,
      // 2: SERVFAIL. 3: NXDOMAIN, there is no such name.
      flags: RECURSION_DESIRED | (isBroken(name) ? 2 : records.length > 0 ? 0 : 3),
      questions,
      answers: records.map((data) => ({ type: 'TXT', name, ttl: 60, data })),
    });
    socket.send(answer, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return resolver;
}
