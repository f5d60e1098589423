// A website that signs its visitors in with NextAuth.js: `next dev`, and what it wants in its environment.
import { spawn } from 'node:child_process';

const { HOME_URL, PORT, SESSION_SECRET } = process.env;
const next = spawn('../node_modules/.bin/next', ['dev', '--hostname', 'localhost', '--port', PORT], {
  stdio: 'inherit',
  env: { ...process.env, NEXTAUTH_URL: HOME_URL, NEXTAUTH_SECRET: SESSION_SECRET, NEXT_TELEMETRY_DISABLED: '1' },
});
process.on('SIGINT', () => next.kill('SIGINT'));
next.on('exit', (code) => process.exit(code ?? 0));
