import http from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

/** The least that a vote can cost: Node's own HTTP server and one upsert for each request. */
const pool = new pg.Pool({ connectionString: process.argv[2] ?? '', max: 12 });
await pool.query(
  'create table if not exists bare_votes (issue integer, tool text, voter text, choice text, primary key (issue, tool, voter))',
);

const server = http.createServer((request, response) => {
  const [, , voter = '', tool = '', choice = ''] = (request.url ?? '').split('/');
  request.resume().on('end', () => {
    pool
      .query(
        'insert into bare_votes values (1, $1, $2, $3) on conflict (issue, tool, voter) do update set choice = excluded.choice',
        [tool, voter, choice],
      )
      .then(() => response.writeHead(303, { location: request.url ?? '' }).end())
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
});
server.listen({ host: '127.0.0.1', port: Number(process.argv[3] ?? 0), reusePort: true }, () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.on('disconnect', () => process.exit());
