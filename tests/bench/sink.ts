import { randomUUID } from 'node:crypto';
import net from 'node:net';

/**
 * Answers as Resend does to anything that is posted, and does nothing else: it counts the bytes of bodies but does not
 * read them, so that it is faster than everything that is measured. Batches must be whole. Prints its address as JSON.
 */
const ONE = answer({ id: randomUUID() });
const BATCH = answer({ data: Array.from({ length: 100 }, () => ({ id: randomUUID() })) });
const HEAD_END = '\r\n\r\n';

const server = net.createServer((socket) => {
  let head = '';
  let missing = 0;
  let reply = ONE;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    let rest = chunk as Buffer;
    while (rest.length > 0) {
      if (missing > 0) {
        const taken = Math.min(missing, rest.length);
        missing -= taken;
        rest = rest.subarray(taken);
      } else {
        const end = rest.indexOf(HEAD_END);
        head += rest.toString('latin1', 0, end < 0 ? rest.length : end + HEAD_END.length);
        rest = end < 0 ? Buffer.alloc(0) : rest.subarray(end + HEAD_END.length);
        if (end >= 0) {
          missing = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
          reply = head.startsWith('POST /emails/batch') ? BATCH : ONE;
          head = '';
        } else {
          continue;
        }
      }
      if (missing === 0) {
        socket.write(reply);
      }
    }
  });
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as net.AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.on('disconnect', () => process.exit());

function answer(value: unknown): Buffer {
  const body = JSON.stringify(value);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
