// Two ways in which a program gets a token for somebody else's sake, which the package does not have: token exchange
// (RFC 8693) and the on-behalf-of grant of Microsoft Entra ID. They are ours, so they prove that the gateway asks as
// the standard and Microsoft's page say and reads what they let a provider answer; not that a product answers so.
// Clients are authenticated, and tokens are signed, by the package.
//
// settings.resources  {ADDRESS: {"audience", "scope", "unmarked"}}  who tokens can be for, and whether they say `JWT`
// settings.delegates  {CLIENT: {"takes", "actor", "x5t", "spoken"}} for which audience its users' tokens are; whose token
//                     has to go along: "workload", "gateway" or nothing; the thumbprint that its assertions have to
//                     name; whether the gateway's own word for a user is taken
// accounts: "locked" takes no exchange, "steps" is asked for more of by a claims challenge, "may" narrows scopes

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ON_BEHALF_OF = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const TYPE = 'urn:ietf:params:oauth:token-type:';

export const acts = new WeakMap(); // from a request's context to further claims of the token that it makes

export function register(provider, { accounts, resources, delegates, gatewayKeys, jose, errors, serverOf }) {
  const { InvalidRequest, InvalidGrant, InvalidTarget, InvalidScope, InvalidClientAuth, CustomOIDCProviderError } = errors;

  async function verified(token, audience, kind = 'at+jwt') {
    const answer = await fetch(`${provider.issuer}/jwks`);
    const keys = jose.createLocalJWKSet(await answer.json());
    const { payload } = await jose.jwtVerify(token, keys, { issuer: provider.issuer, audience, typ: kind });
    return payload;
  }

  async function signedByGateway(token) {
    const keys = jose.createLocalJWKSet(await (await fetch(gatewayKeys)).json());
    const audience = `${provider.issuer}/token`;
    return (await jose.jwtVerify(token, keys, { audience, typ: 'JWT', requiredClaims: ['exp', 'jti', 'sub'] })).payload;
  }

  function target(named) {
    const found = Object.entries(resources).find(([uri, { audience }]) => named === uri || named === audience);
    if (!found) throw new InvalidTarget();
    return { uri: found[0], ...found[1] };
  }

  async function issue(ctx, { sub, uri, scopes, more }) {
    const { client } = ctx.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: sub });
    grant.addResourceScope(uri, scopes.join(' '));
    const token = new provider.AccessToken({ accountId: sub, client, grantId: await grant.save(), gty: 'delegated' });
    token.resourceServer = new provider.ResourceServer(uri, serverOf(uri));
    token.scope = scopes.join(' ') || undefined;
    acts.set(ctx, more);
    ctx.oidc.entity('AccessToken', token);
    return { access_token: await token.save(), expires_in: token.expiration };
  }

  const exchange = async (ctx) => {
    const { client, params } = ctx.oidc;
    const known = delegates[client.clientId];
    if (!known) throw new InvalidRequest('this client acts for nobody');
    for (const name of ['subject_token', 'subject_token_type']) {
      if (!params[name]) throw new InvalidRequest(`missing ${name}`);
    }
    if (![`${TYPE}access_token`, `${TYPE}jwt`].includes(params.subject_token_type)) {
      throw new InvalidRequest('subject_token_type');
    }
    if (params.requested_token_type && ![`${TYPE}access_token`, `${TYPE}jwt`].includes(params.requested_token_type)) {
      throw new InvalidRequest('requested_token_type');
    }
    const { uri, scope } = target(params.resource ?? params.audience);
    let subject;
    try {
      // Whoever registered the gateway may let it speak for users who are not there, by its own key.
      const spoken = known.spoken && params.subject_token_type === `${TYPE}jwt`;
      subject = await (spoken ? signedByGateway(params.subject_token) : verified(params.subject_token, known.takes));
    } catch (error) {
      throw new InvalidRequest(`the subject token cannot be believed: ${error.message}`);
    }
    const account = accounts[subject.sub];
    if (!account || account.locked) throw new InvalidRequest(`${subject.sub} ${account?.email} is locked`);
    let actor = { sub: client.clientId };
    if (Boolean(params.actor_token) !== Boolean(params.actor_token_type)) throw new InvalidRequest('actor_token_type');
    if (known.actor) {
      if (!params.actor_token) throw new InvalidRequest('missing actor_token');
      const wanted = known.actor === 'workload' ? `${TYPE}access_token` : `${TYPE}jwt`;
      if (params.actor_token_type !== wanted) throw new InvalidRequest('actor_token_type');
      try {
        const read = known.actor === 'workload' ? verified(params.actor_token, known.takes) : signedByGateway(params.actor_token);
        const { iss, sub } = await read;
        actor = { iss, sub };
      } catch (error) {
        throw new InvalidRequest(`the actor token cannot be believed: ${error.message}`);
      }
    } else if (params.actor_token) {
      throw new InvalidRequest('no actor is known here');
    }
    if (subject.may_act && subject.may_act.sub !== actor.sub) throw new InvalidRequest('may_act');
    const offered = new Set(scope.split(' '));
    const wanted = params.scope ? params.scope.split(' ') : [...offered];
    if (wanted.some((each) => !offered.has(each))) throw new InvalidScope('unknown scope', params.scope);
    const has = new Set(account.may ?? (subject.scope ?? '').split(' '));
    const scopes = wanted.filter((each) => has.has(each));
    const act = { ...actor, ...(subject.act ? { act: subject.act } : {}) };
    const made = await issue(ctx, { sub: subject.sub, uri, scopes, more: { act } });
    ctx.body = { ...made, issued_token_type: `${TYPE}access_token`, token_type: 'Bearer', scope: scopes.join(' ') };
  };

  const onBehalfOf = async (ctx) => {
    const { client, params } = ctx.oidc;
    const known = delegates[client.clientId];
    const sent = new URLSearchParams(ctx.oidc.body);
    if (!known) throw new InvalidRequest('this client acts for nobody');
    for (const name of ['client_id', 'assertion', 'scope', 'requested_token_use']) {
      if (!sent.get(name)) throw new InvalidRequest(`AADSTS900144: missing ${name}`);
    }
    if (params.requested_token_use !== 'on_behalf_of') throw new InvalidRequest('AADSTS7000114: requested_token_use');
    for (const name of ['audience', 'resource', 'subject_token', 'actor_token']) {
      if (sent.has(name)) throw new InvalidRequest(`not of this grant: ${name}`);
    }
    if (known.x5t) {
      const header = jose.decodeProtectedHeader(sent.get('client_assertion'));
      if (header.alg !== 'PS256' || header.typ !== 'JWT' || header['x5t#S256'] !== known.x5t) {
        throw new InvalidClientAuth('AADSTS700027');
      }
    }
    let subject;
    try {
      subject = await verified(params.assertion, client.clientId, 'JWT'); // it has to be for whoever shows it
    } catch (error) {
      throw new InvalidGrant(`AADSTS50013: ${error.message}`);
    }
    const account = accounts[subject.sub];
    if (!account) throw new InvalidGrant('AADSTS500131: no user');
    if (account.steps) {
      const said = new CustomOIDCProviderError('interaction_required', `AADSTS50079: ${account.email} has to enrol`);
      ctx.state.challenge = account.steps;
      throw said;
    }
    const words = params.scope.split(' ');
    const { uri } = target(words[0].slice(0, words[0].lastIndexOf('/')));
    if (words.some((each) => !each.startsWith(`${uri}/`))) throw new InvalidRequest('AADSTS28000: several resources');
    const offered = resources[uri].scope.split(' ');
    const asked = words.map((each) => each.slice(uri.length + 1));
    const scopes = asked.includes('.default') ? offered : asked.filter((each) => offered.includes(each));
    if (!scopes.length) throw new InvalidGrant('AADSTS65001: no consent');
    const made = await issue(ctx, { sub: subject.sub, uri, scopes, more: { scp: scopes.join(' '), azp: client.clientId } });
    ctx.body = { ...made, token_type: 'Bearer', scope: scopes.map((each) => `${uri}/${each}`).join(' '), ext_expires_in: 0 };
  };

  const common = ['audience', 'resource', 'scope'];
  provider.registerGrantType(
    EXCHANGE,
    exchange,
    [...common, 'requested_token_type', 'subject_token', 'subject_token_type', 'actor_token', 'actor_token_type'],
    ['audience', 'resource'],
  );
  provider.registerGrantType(ON_BEHALF_OF, onBehalfOf, [...common, 'assertion', 'requested_token_use']);
  // Entra puts what it asks of the user beside the error; the package has no place for that.
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.state.challenge && ctx.body?.error) ctx.body = { ...ctx.body, claims: ctx.state.challenge };
  });
}
