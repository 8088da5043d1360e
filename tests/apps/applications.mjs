// Starts the applications as their users do: with the environment variables that their libraries read, and no other change.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engine } from '../harness/server.mjs';
import { eventually } from '../harness/waiting.mjs';

const logs = process.env.VESTIBULE_TEST_LOGS ?? join(tmpdir(), 'vestibule-test-logs');
const folderOf = (name) => fileURLToPath(new URL(name, import.meta.url));
const startWithinMs = 60_000;

/** A port that nothing listens on. */
export async function freePort() {
  const probe = createServer().listen(0, 'localhost');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Next.js with @workos-inc/authkit-nextjs. */
export const nextjs = {
  name: 'nextjs',
  callback: '/callback',
  start: (setting) => ({
    program: process.execPath,
    args: ['node_modules/next/dist/bin/next', 'start', '--hostname', 'localhost', '--port', String(setting.port)],
    env: {
      NEXT_TELEMETRY_DISABLED: '1',
      WORKOS_API_HOSTNAME: setting.api.hostname,
      WORKOS_API_PORT: setting.api.port,
      WORKOS_API_HTTPS: 'false',
      NEXT_PUBLIC_WORKOS_REDIRECT_URI: setting.redirectUri,
    },
  }),
};

/** React Router with @workos-inc/authkit-react-router, which carries an older Node SDK. */
export const reactrouter = {
  name: 'reactrouter',
  callback: '/callback',
  start: (setting) => ({
    program: process.execPath,
    args: ['node_modules/@react-router/serve/bin.js', 'build/server/index.js'],
    env: {
      HOST: 'localhost',
      NODE_ENV: 'production',
      PORT: String(setting.port),
      WORKOS_API_HOSTNAME: setting.api.hostname,
      WORKOS_API_PORT: setting.api.port,
      WORKOS_API_HTTPS: 'false',
      WORKOS_REDIRECT_URI: setting.redirectUri,
    },
  }),
};

/** Express with the sealed sessions of @workos-inc/node. */
export const express = {
  name: 'express',
  callback: '/callback',
  start: (setting) => ({
    program: process.execPath,
    args: ['server.js'],
    env: { PORT: String(setting.port), WORKOS_BASE_URL: setting.api.origin, WORKOS_REDIRECT_URI: setting.redirectUri },
  }),
};

/** Flask with the sealed sessions of the Python SDK. */
export const flask = {
  name: 'flask',
  callback: '/callback',
  cookiePassword: () => randomBytes(32).toString('base64url') + '=',
  start: (setting) => ({
    program: '.venv/bin/python',
    args: ['-m', 'flask', 'run', '--host', 'localhost', '--port', String(setting.port), '--with-threads'],
    env: {
      // PyJWT ages its key set by the monotonic clock.
      FAKETIME_DONT_FAKE_MONOTONIC: '0',
      WORKOS_BASE_URL: setting.api.origin,
      WORKOS_ISSUER: `${setting.api.origin}/user_management/${setting.clientId}`,
      WORKOS_REDIRECT_URI: setting.redirectUri,
    },
  }),
};

/** A single-page application with @workos-inc/authkit-react, whose tokens are in the storage or in a cookie of the API's. */
export const spa = (tokens) => ({
  name: `spa-${tokens}`,
  folder: 'spa',
  callback: '',
  signIn: '/login',
  build: (setting) => {
    const env = {
      PATH: process.env.PATH,
      VITE_WORKOS_BASE_URL: setting.api.origin,
      VITE_WORKOS_CLIENT_ID: setting.clientId,
      VITE_SIGNED_OUT_URL: setting.signedOutUrl,
      ...(tokens === 'cookie' ? { VITE_TOKENS: 'cookie' } : {}),
    };
    const args = ['node_modules/vite/bin/vite.js', 'build', '--outDir', `dist/${tokens}`, '--logLevel', 'warn'];
    execFileSync(process.execPath, args, { cwd: setting.folder, env, stdio: 'inherit' });
  },
  start: (setting) => ({
    program: process.execPath,
    args: ['node_modules/vite/bin/vite.js', 'preview', '--outDir', `dist/${tokens}`, '--host', 'localhost', '--port', String(setting.port), '--strictPort'],
    env: {},
  }),
});

/** Registers an application with a server, starts it, and waits until it answers. */
export async function startApplication(kind, server, clock) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const setting = {
    api: new URL(server.url),
    clientId: server.clientId,
    folder: folderOf(kind.folder ?? kind.name),
    port,
    redirectUri: origin + kind.callback,
    signedOutUrl: `${origin}/`,
  };
  const workos = server.sdk();
  await workos.post('/user_management/redirect_uris', { uri: setting.redirectUri });
  await workos.put('/vestibule/v1/sign_out_redirects', { uris: [setting.signedOutUrl] });
  await workos.put('/vestibule/v1/application_urls', { sign_in_url: origin + (kind.signIn ?? '/sign-in') });
  if (kind.build) {
    await workos.post('/user_management/cors_origins', { origin });
    kind.build(setting);
  }
  const { program, args, env } = kind.start(setting);
  const cookiePassword = kind.cookiePassword?.() ?? randomBytes(24).toString('base64');
  const running = run(kind.name, program, args, setting.folder, {
    PATH: process.env.PATH,
    WORKOS_API_KEY: server.apiKey,
    WORKOS_CLIENT_ID: server.clientId,
    WORKOS_COOKIE_PASSWORD: cookiePassword,
    SIGNED_OUT_URL: setting.signedOutUrl,
    ...clock.env,
    ...env,
  });
  await running.answersAt(origin);
  return { origin, redirectUri: setting.redirectUri, cookiePassword, log: running.log, stop: running.stop };
}

function run(name, program, args, folder, env) {
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `app-${engine}-${name}-${process.pid}.log`);
  rmSync(log, { force: true });
  const output = openSync(log, 'a');
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', output, output] });
  closeSync(output);
  let ended;
  const exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve((ended = `ended (code ${code}, signal ${signal})`)));
    child.once('error', (error) => resolve((ended = String(error))));
  });
  return {
    log,
    async answersAt(origin) {
      await eventually(
        async () => {
          assert.equal(ended, undefined, `${name} ${ended}\n${readFileSync(log, 'utf8').slice(-4000)}`);
          return fetch(origin).then(
            (response) => response.ok,
            () => false,
          );
        },
        `an answer of ${name}, see ${log},`,
        startWithinMs,
      );
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
