import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findFreePort } from '../support/free-port.ts';
import { openReloadProxy } from './reload-proxy.ts';

/** `npm run dev`: the service restarts when a file changes and open pages reload; React Email shows the templates. */
const port = Number(process.env.PORT ?? 3000);
const servicePort = await findFreePort();
const proxy = await openReloadProxy(port, servicePort);
const service = spawn(
  'tsx',
  ['watch', '--clear-screen=false', 'src/verdicts.ts', 'start', ...process.argv.slice(2)],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PORT: String(servicePort), PUBLIC_URL: `http://localhost:${port}` },
  },
);
const emails = spawn('npm', ['run', 'emails'], { stdio: 'ignore' });
console.log(
  `Pages reload at http://localhost:${port}, mails at http://localhost:3030 (the first time a minute later).`,
);

const stop = () => {
  service.kill('SIGTERM');
  emails.kill('SIGTERM');
};
process.on('SIGINT', stop).on('SIGTERM', stop);
await once(service, 'exit');
emails.kill('SIGTERM');
proxy.close();
process.exit();
