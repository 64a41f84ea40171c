// A certified OpenID Connect provider (npm `oidc-provider`) on loopback, for tests: accounts from the environment, a
// sign-in form of three lines, back-channel logout on. Nothing is kept when it ends.
//
// OIDC_TOOLS     folder in which the package is installed
// OIDC_SETTINGS  JSON: {"accounts": {ID: {"name", "email", "groups", "acr", "amr"}}, "clients": [...], "seconds": 300,
//                "resources": {...}, "delegates": {...}, "gatewayKeys": ADDRESS}, the last three for grants.mjs
//
// Prints one line of JSON, {"issuer": ...}, once it listens.

import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';

import { acts, register } from './grants.mjs';

const tool = (path) => import(pathToFileURL(`${process.env.OIDC_TOOLS}/node_modules/${path}`));
const { default: Provider, errors } = await tool('oidc-provider/lib/index.js');
const jose = await tool('jose/dist/webapi/index.js');
const {
  accounts, clients, seconds = 300, resources = {}, delegates = {}, gatewayKeys,
} = JSON.parse(process.env.OIDC_SETTINGS);

const serverOf = (resource) => ({
  audience: resources[resource]?.audience ?? resource,
  scope: resources[resource]?.scope ?? '',
  accessTokenFormat: 'jwt',
  accessTokenTTL: seconds,
  jwt: { sign: { alg: 'RS256' } },
});

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients,
  acrValues: [...new Set(Object.values(accounts).map((each) => each.acr).filter(Boolean))],
  claims: {
    openid: ['sub'],
    email: ['email', 'email_verified'],
    profile: ['name'],
    groups: ['groups'],
    acr: null,
    amr: null,
    auth_time: null,
    sid: null,
  },
  scopes: ['openid', 'email', 'profile', 'groups'],
  cookies: { keys: [randomBytes(16).toString('hex')] },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    clientCredentials: { enabled: true },
    // Access tokens for programs are signed tokens (RFC 9068) for whichever resource they ask (RFC 8707).
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, resource) => serverOf(resource),
    },
  },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  // The package refuses addresses of this machine through the dispatcher that it hands over; here there are no others.
  fetch: (url, { dispatcher: _guard, ...options }) => globalThis.fetch(url, options),
  pkce: { required: () => true },
  // Entra's access tokens do not say that they are.
  formats: {
    customizers: {
      jwt: (_context, token, jwt) => {
        if (Object.values(resources).some(({ audience, unmarked }) => unmarked && audience === token.aud)) jwt.header = { ...jwt.header, typ: 'JWT' };
      },
    },
  },
  extraTokenClaims: (context, token) => acts.get(context) ?? accounts[token.accountId]?.more,
  enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
  ttl: { AccessToken: seconds, AuthorizationCode: 60, IdToken: seconds, Interaction: seconds, Session: seconds, Grant: seconds },
  async findAccount(_context, id) {
    const known = accounts[id];
    if (!known) return undefined;
    return {
      accountId: id,
      claims: async () => ({ sub: id, email_verified: true, ...known }),
    };
  },
  async loadExistingGrant(context) {
    const { client, session } = context.oidc;
    const known = session.grantIdFor(client.clientId);
    if (known) return provider.Grant.find(known);
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid email profile groups');
    for (const [uri, { scope }] of Object.entries(resources)) grant.addResourceScope(uri, scope);
    await grant.save();
    return grant;
  },
});

register(provider, {
  accounts, resources, delegates, gatewayKeys, jose, errors, serverOf: serverOf,
});

const form = (uid) => `<!doctype html><html lang="en"><title>Test provider</title>
<form action="/interaction/${uid}" method="post"><label>Account <input name="account" autofocus></label>
<button>Continue</button></form></html>`;

async function body(request) {
  let text = '';
  for await (const part of request) text += part;
  return new URLSearchParams(text);
}

async function interact(request, response) {
  const { uid, prompt } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(form(uid));
    return;
  }
  const id = (await body(request)).get('account');
  if (!accounts[id] || prompt.name !== 'login') {
    await provider.interactionFinished(request, response, { error: 'access_denied' });
    return;
  }
  const { acr, amr } = accounts[id];
  await provider.interactionFinished(request, response, { login: { accountId: id, acr, amr } });
}

const answer = provider.callback();
server.on('request', (request, response) => {
  if (request.url === '/favicon.ico') {
    response.writeHead(204).end(); // browsers ask, and complain of a 404
    return;
  }
  if (!request.url.startsWith('/interaction/')) {
    answer(request, response);
    return;
  }
  interact(request, response).catch((error) => response.writeHead(400).end(String(error)));
});

console.log(JSON.stringify({ issuer }));
