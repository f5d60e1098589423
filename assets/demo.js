const root = document.querySelector("[data-demo]");
const page = document.querySelector("main");
const { demo: flow, issuer, address } = root.dataset;
const part = (name) => page.querySelector(`[data-part="${name}"]`);
const asked = new URLSearchParams(location.search);
const isAnswer = asked.has("code") || asked.has("error");
// Signing out brings `state` back, in which the page keeps an overridden client.
let client = asked.get("app_id") || (!isAnswer && asked.get("state")) || root.dataset.client;

// What the page itself decides; every other parameter of its address goes to the authorization endpoint.
const OWN = ["app_id", "client_id", "redirect_uri", "response_type", "response_mode", "state", "nonce", "code",
  "code_challenge", "code_challenge_method", "error", "error_description", "error_uri", "iss"];
const passedOn = isAnswer ? [] : [...asked].filter(([name]) => !OWN.includes(name));
const DEFAULTS = { prompt: "consent", scope: "openid profile offline_access", resource: "", organizations: "", extra: "" };
// Tokens of an organization have the scopes that were asked for under this resource.
const ORGANIZATIONS = { scope: "urn:logto:scope:organizations", resource: "urn:logto:resource:organizations" };

class Problem extends Error {
  constructor(name, detail = "") { super(detail); this.name = name; }
}

const load = (storage, key) => {
  try { return JSON.parse(storage.getItem(key)); } catch { return null; }
};
const keep = (storage, key, value) => {
  if (value === null) storage.removeItem(key); else storage.setItem(key, JSON.stringify(value));
};
const settingsKey = `loggia:demo:${flow}:settings`;
const pendingKey = "loggia:demo:pending";
const sessionKey = () => `loggia:demo:${flow}:${client}`;
const words = (text) => text.split(/\s+/).filter(Boolean);
const settings = () => ({ ...DEFAULTS, ...load(localStorage, settingsKey) });
const session = () => load(sessionStorage, sessionKey());

const encode = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const random = () => encode(crypto.getRandomValues(new Uint8Array(32)));
const digest = async (text) => encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
const claimsOf = (token) => {
  const payload = token?.split(".")[1]?.replace(/-/g, "+").replace(/_/g, "/");
  try {
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (char) => char.charCodeAt(0))));
  } catch { return null; }
};

const ask = async (url, options) => {
  const answer = await fetch(url, { ...options, credentials: "omit" }).catch(() => { throw new Problem("unreachable"); });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem("failed", [body.error ?? answer.status, body.error_description].filter(Boolean).join(": "));
  return body;
};
const post = (url, form) => ask(url, { method: "POST", body: new URLSearchParams({ client_id: client, ...form }) });
let metadata;
const endpoints = async () => metadata ??= await ask(`${issuer}/.well-known/openid-configuration`);

const show = (view) => {
  for (const section of page.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== view;
};
const write = (name, value) => {
  const text = typeof value === "string" ? value : value && JSON.stringify(value, null, 2);
  page.querySelector(`[data-json="${name}"]`).textContent = text ?? "";
};
const complain = (error) => {
  const known = error instanceof Problem;
  for (const text of root.querySelectorAll("[data-problem]")) text.hidden = text.dataset.problem !== (known ? error.name : "failed");
  part("detail").textContent = known ? error.message : String(error);
  part("alert").hidden = false;
};
const attempt = async (action) => {
  part("alert").hidden = true;
  try { await action(); } catch (error) { complain(error); }
};

const own = () => client === root.dataset.client ? address : `${address}?${new URLSearchParams({ app_id: client })}`;

// The scope of a request, and what its tokens may be asked for afterwards.
const wanted = () => {
  const { scope, resource, organizations } = settings();
  const [scopes, resources, ids] = [words(scope), words(resource), words(organizations)];
  if (ids.length) {
    scopes.push(ORGANIZATIONS.scope);
    resources.push(ORGANIZATIONS.resource);
  }
  return { scope: [...new Set(scopes)].join(" "), resources: [...new Set(resources)], organizations: ids };
};

const signIn = async (replace) => {
  if (!crypto.subtle) throw new Problem("insecure");
  const { authorization_endpoint: endpoint } = await endpoints();
  const [verifier, state, nonce] = [random(), random(), random()];
  const { scope, resources, organizations } = wanted();
  const { prompt, extra } = settings();
  const query = new URLSearchParams({ scope });
  if (prompt.trim()) query.set("prompt", prompt.trim());
  for (const resource of resources) query.append("resource", resource);
  const others = [...new URLSearchParams(extra.trim().split(/\s*\n\s*/).join("&")), ...passedOn];
  for (const [name] of others) if (!OWN.includes(name)) query.delete(name);
  for (const [name, value] of others) if (!OWN.includes(name)) query.append(name, value);
  const ours = { client_id: client, redirect_uri: address, response_type: "code", state, nonce,
    code_challenge: await digest(verifier), code_challenge_method: "S256" };
  for (const [name, value] of Object.entries(ours)) query.set(name, value);
  keep(sessionStorage, pendingKey, { state, nonce, verifier, client, resources: query.getAll("resource"), organizations });
  location[replace ? "replace" : "assign"](`${endpoint}?${query}`);
};

const finish = async () => {
  const pending = load(sessionStorage, pendingKey);
  keep(sessionStorage, pendingKey, null);
  client = pending?.client ?? client;
  history.replaceState(null, "", own());
  if (!pending || pending.state !== asked.get("state")) throw new Problem("stale");
  // RFC 9207: the answer names who gave it.
  if (asked.get("iss") !== issuer) throw new Problem("issuer", asked.get("iss") ?? "");
  if (asked.has("error")) throw new Problem("failed", [asked.get("error"), asked.get("error_description")].filter(Boolean).join(": "));
  const { token_endpoint: endpoint } = await endpoints();
  const tokens = await post(endpoint, {
    grant_type: "authorization_code", code: asked.get("code"), redirect_uri: address, code_verifier: pending.verifier,
  });
  accept(tokens, pending);
};

// The ID token came over this page's own connection to the server (OpenID Connect Core, section 3.1.3.7, item 6).
const accept = (tokens, { nonce, resources, organizations }) => {
  const claims = claimsOf(tokens.id_token);
  if (tokens.id_token) {
    const isOurs = claims?.iss === issuer && [claims.aud].flat().includes(client) && claims.exp * 1000 > Date.now() - 60_000;
    if (!isOurs || (nonce && claims.nonce !== nonce)) throw new Problem("issuer", "id_token");
  }
  keep(sessionStorage, sessionKey(), { tokens, resources, organizations });
  for (const link of page.querySelectorAll("[data-json]")) link.textContent = "";
};

const refresh = async (form) => {
  const { tokens, ...rest } = session();
  if (!tokens.refresh_token) throw new Problem("no_refresh_token");
  const { token_endpoint: endpoint } = await endpoints();
  const fresh = await post(endpoint, { grant_type: "refresh_token", refresh_token: tokens.refresh_token, ...form });
  // A refresh token may be used once; the next one comes with whatever was asked for.
  const next = { ...tokens, refresh_token: fresh.refresh_token ?? tokens.refresh_token };
  keep(sessionStorage, sessionKey(), { ...rest, tokens: Object.keys(form).length ? next : { ...next, ...fresh } });
  return fresh;
};

const choose = (name, values) => {
  const select = part(name);
  select.replaceChildren(select.options[0], ...values.map((value) => new Option(value, value)));
};

const showSession = async () => {
  const { tokens, resources, organizations } = session();
  const claims = claimsOf(tokens.id_token);
  part("who").textContent = claims?.name ?? claims?.username ?? claims?.sub ?? "";
  write("claims", claims);
  write("answer", tokens);
  choose("for-resource", resources.filter((resource) => resource !== ORGANIZATIONS.resource));
  choose("for-organization", organizations);
  part("token").hidden = true;
  show("done");
  const { userinfo_endpoint: endpoint } = await endpoints();
  // A token for an API is none for this endpoint.
  if (!claimsOf(tokens.access_token)) {
    write("user_info", await ask(endpoint, { headers: { authorization: `Bearer ${tokens.access_token}` } }));
  }
};

const showToken = async () => {
  const form = {};
  if (part("for-resource").value) form.resource = part("for-resource").value;
  if (part("for-organization").value) form.organization_id = part("for-organization").value;
  const fresh = await refresh(form);
  write("token", fresh.access_token);
  write("token_claims", claimsOf(fresh.access_token) ?? { scope: fresh.scope, expires_in: fresh.expires_in });
  write("answer", fresh);
  part("token").hidden = false;
};

const signOut = async () => {
  const { tokens } = session();
  const { revocation_endpoint: revocation, end_session_endpoint: end } = await endpoints();
  keep(sessionStorage, sessionKey(), null);
  if (tokens.refresh_token) await post(revocation, { token: tokens.refresh_token }).catch(() => {});
  const query = new URLSearchParams({ client_id: client, post_logout_redirect_uri: address });
  if (tokens.id_token) query.set("id_token_hint", tokens.id_token);
  if (client !== root.dataset.client) query.set("state", client);
  location.assign(`${end}?${query}`);
};

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
let round = 0;
const beginOnDevice = async () => {
  const { device_authorization_endpoint: begin } = await endpoints();
  const { scope, resources, organizations } = wanted();
  const form = new URLSearchParams({ client_id: client, scope });
  for (const resource of resources) form.append("resource", resource);
  const device = await ask(begin, { method: "POST", body: form });
  part("qr").src = `/device-demo-app/qr-code?${new URLSearchParams({ user_code: device.user_code })}`;
  part("user-code").textContent = device.user_code;
  part("verification").textContent = part("verification").href = device.verification_uri;
  part("complete").href = device.verification_uri_complete;
  show("waiting");
  attempt(() => poll(device, { resources, organizations }));
};
const poll = async (device, request) => {
  const mine = ++round;
  const { token_endpoint: endpoint } = await endpoints();
  // RFC 8628 section 3.2: five seconds where the server names no interval; section 3.5: five more for slow_down.
  let interval = device.interval ?? 5;
  const end = Date.now() + device.expires_in * 1000;
  while (Date.now() < end) {
    await pause(interval);
    if (mine !== round) return;
    try {
      const tokens = await post(endpoint, {
        grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: device.device_code,
      });
      if (mine !== round) return;
      accept(tokens, request);
      return await showSession();
    } catch (error) {
      const [code] = error.message.split(":");
      if (code === "slow_down") interval += 5;
      else if (error.name !== "unreachable" && code !== "authorization_pending") {
        show("start");
        throw code === "expired_token" ? new Problem("expired") : error;
      }
    }
  }
  show("start");
  throw new Problem("expired");
};

const actions = {
  start: () => flow === "device" ? beginOnDevice() : signIn(),
  cancel: () => { round++; show("start"); },
  token: showToken,
  refresh: async () => { await refresh({}); await showSession(); },
  "sign-out": signOut,
  reset: () => { keep(localStorage, settingsKey, null); fill(); },
};
for (const button of page.querySelectorAll("[data-action]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    await attempt(actions[button.dataset.action]);
    button.disabled = false;
  });
}

const fields = page.querySelectorAll("[data-setting]");
const fill = () => { for (const field of fields) field.value = settings()[field.dataset.setting]; };
for (const field of fields) {
  field.addEventListener("input", () => {
    keep(localStorage, settingsKey, { ...settings(), [field.dataset.setting]: field.value });
  });
}

const begin = async () => {
  part("without-script").hidden = true;
  // Tokens belong to the origin of the redirect URI: another name of this server would not find them again.
  const origin = new URL(address).origin;
  if (location.origin !== origin) return location.replace(origin + location.pathname + location.search);
  fill();
  part("settings").hidden = false;
  show(session() ? "done" : "start");
  if (isAnswer) {
    try { await finish(); } finally { if (session()) await showSession(); }
    return;
  }
  // A link with a token begins anew, whoever is signed in; other parameters where nobody is.
  const isInvited = passedOn.some(([name]) => name === "one_time_token");
  if (flow === "code" && (isInvited || (!session() && passedOn.some(([name]) => name !== "ui_locales")))) return signIn(true);
  if (asked.has("state")) history.replaceState(null, "", own());
  if (session()) await showSession();
};
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
attempt(begin);
