//! The reference: what is alive, and what each step must answer. It uses no rule of the crate `oauth` and no table.

mod learn;

use super::actors::{self, CLIENTS, ITEMS};
use super::operations::{Caller, Operation, Response};
use super::{Step, Wrong};

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;
const CODE: i64 = 60 * SECOND;
const ACCESS: i64 = 3_600 * SECOND;
const REFRESH: i64 = 14 * DAY;
const SESSION: i64 = 14 * DAY;
const GRANT: i64 = 180 * DAY;
const GRACE: i64 = 3 * SECOND;

struct Session {
    user: usize,
    ends: i64,
    /// The grant of each client, once there was one.
    grants: [Option<usize>; CLIENTS],
}

struct Grant {
    ends: i64,
    /// Ended by a revocation or a replay, with everything that hangs on it.
    ended: bool,
    scope: Vec<String>,
}

/// What a code, and every token after it, stands for.
#[derive(Clone)]
pub struct Basis {
    client: usize,
    grant: usize,
    session: usize,
    scope: Vec<String>,
    /// Whether the resource was asked for.
    items: bool,
    /// Whether it outlives the session.
    offline: bool,
    /// Taken away because its user was suspended.
    removed: bool,
}

struct Code {
    value: String,
    uri: String,
    verifier: Option<usize>,
    ends: i64,
    used: bool,
    basis: Basis,
}

struct Refresh {
    value: String,
    since: i64,
    ends: i64,
    used: Option<i64>,
    successor: Option<String>,
    basis: Basis,
}

struct Access {
    value: String,
    ends: i64,
    scope: Vec<String>,
    basis: Basis,
}

/// Everything that was issued, and what became of it.
#[derive(Default)]
pub struct Reference {
    now: i64,
    suspended: [bool; 2],
    sessions: Vec<Session>,
    grants: Vec<Grant>,
    codes: Vec<Code>,
    refreshes: Vec<Refresh>,
    accesses: Vec<Access>,
}

/// What must come back, and what it means.
pub enum Expected {
    Exactly(Response),
    Code { uri: String, verifier: Option<usize>, basis: Basis },
    Tokens { basis: Basis, scope: Vec<String>, opaque: bool, has_id_token: bool, refresh: Next },
}

/// The refresh token that comes along.
pub enum Next {
    Nothing,
    Same(String),
    /// A new one: the first, or the successor of another, until then.
    New {
        of: Option<usize>,
        ends: i64,
    },
}

fn refused(status: u16, error: &str) -> Expected {
    Expected::Exactly(Response::Refused(status, error.to_owned()))
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn among(names: &[&str], scope: &[String]) -> Vec<String> {
    scope.iter().filter(|name| names.contains(&name.as_str())).cloned().collect()
}

const OF_THE_USER: [&str; 4] = ["openid", "offline_access", "profile", "email"];
const OF_ITEMS: [&str; 2] = ["read:items", "write:items"];

fn is_confidential(client: usize) -> bool {
    client == 1 || client == 2
}

/// The caller for something of `owner`.
fn caller(owner: usize, wrong: &[Wrong]) -> Caller {
    let client = if wrong.contains(&Wrong::Client) { (owner + 1) % CLIENTS } else { owner };
    let secret = match wrong.contains(&Wrong::Secret) {
        true => Some(actors::WRONG_SECRET),
        false => is_confidential(client).then_some(actors::SECRET),
    };
    Caller { client, secret, home: !wrong.contains(&Wrong::Tenant) }
}

impl Reference {
    /// The call of a step and its answer; none when there is nothing yet that it could be about.
    pub fn expect(&mut self, step: &Step) -> Option<(Operation, Expected)> {
        match step {
            Step::Authorize { user, client, uri, verifier, scope } => {
                self.authorize((*user, *client), *uri, *verifier, actors::SCOPES[*scope])
            }
            Step::Exchange { code, wrong } => self.exchange(self.codes.len().checked_sub(1 + code)?, wrong),
            Step::Refresh { token, scope, resource, wrong } => {
                let scope = scope.map(|at| actors::NARROWED[at]);
                let resource = resource.map(|at| actors::RESOURCES[at]);
                self.refresh(self.refreshes.len().checked_sub(1 + token)?, (scope, resource), wrong)
            }
            Step::Revoke { access, token, wrong } => self.revoke(self.token(*access, *token)?, wrong),
            Step::Introspect { access, token, wrong } => self.introspect(self.token(*access, *token)?, wrong),
            Step::Userinfo { token, wrong } => self.userinfo(self.accesses.len().checked_sub(1 + token)?, wrong),
            Step::Suspend { user, suspended } => Some(self.suspend(*user, *suspended)),
            Step::Wait { milliseconds } => {
                self.now += milliseconds;
                Some((Operation::Wait { milliseconds: *milliseconds }, Expected::Exactly(Response::Done)))
            }
        }
    }

    fn authorize(
        &mut self,
        (user, client): (usize, usize),
        uri: usize,
        verifier: Option<usize>,
        scope: &'static str,
    ) -> Option<(Operation, Expected)> {
        // A suspended user never gets past the sign-in page, which is the business of `flow`.
        if self.suspended[user] {
            return None;
        }
        let uris = actors::client(client).oidc.redirect_uris;
        let (uri, items) = (uris[uri % uris.len()].clone(), scope.contains(":items"));
        let call = Operation::Authorize { user, client, uri: uri.clone(), verifier, scope, resource: items };
        if !is_confidential(client) && verifier.is_none() {
            return Some((call, refused(303, "invalid_request")));
        }
        let accepted = among(&[OF_THE_USER.as_slice(), &OF_ITEMS].concat(), &words(scope));
        let session = self.session(user);
        let grant = self.sessions[session].grants[client].filter(|grant| self.is_granted(*grant));
        let grant = grant.unwrap_or_else(|| {
            self.grants.push(Grant { ends: 0, ended: false, scope: Vec::new() });
            self.grants.len() - 1
        });
        self.sessions[session].grants[client] = Some(grant);
        self.grants[grant].ends = self.now + GRANT;
        self.grants[grant].scope.extend(accepted.iter().cloned());
        let offline = accepted.iter().any(|name| name == "offline_access");
        let basis = Basis { client, grant, session, scope: accepted, items, offline, removed: false };
        Some((call, Expected::Code { uri, verifier, basis }))
    }

    /// The session of the user's browser, new when the last one is over; it starts anew by being used.
    fn session(&mut self, user: usize) -> usize {
        let last = self.sessions.iter().rposition(|session| session.user == user);
        let session = last.filter(|session| self.sessions[*session].ends > self.now).unwrap_or_else(|| {
            self.sessions.push(Session { user, ends: 0, grants: [None; CLIENTS] });
            self.sessions.len() - 1
        });
        self.sessions[session].ends = self.now + SESSION;
        session
    }

    fn exchange(&mut self, at: usize, wrong: &[Wrong]) -> Option<(Operation, Expected)> {
        let code = &self.codes[at];
        let caller = caller(code.basis.client, wrong);
        let registered = actors::client(code.basis.client).oidc.redirect_uris;
        let uri = match () {
            () if wrong.contains(&Wrong::NoUri) => None,
            () if wrong.contains(&Wrong::Uri) => {
                let other = registered.iter().find(|uri| **uri != code.uri);
                Some(other.cloned().unwrap_or_else(|| "https://evil.example/callback".to_owned()))
            }
            () => Some(code.uri.clone()),
        };
        let verifier = match () {
            () if wrong.contains(&Wrong::NoVerifier) => None,
            () if wrong.contains(&Wrong::Verifier) => Some(code.verifier.map_or(0, |right| (right + 1) % 3)),
            () => code.verifier,
        };
        let call = Operation::Exchange {
            caller: caller.clone(),
            code: code.value.clone(),
            uri: uri.clone(),
            verifier: verifier.map(actors::verifier),
        };
        if wrong.contains(&Wrong::Secret) {
            return Some((call, refused(401, "invalid_client")));
        }
        let alone = actors::client(caller.client).oidc.redirect_uris;
        let Some(uri) = uri.or_else(|| alone.first().filter(|_| alone.len() == 1).cloned()) else {
            return Some((call, refused(400, "invalid_request")));
        };
        let bound = caller.home && caller.client == code.basis.client && uri == code.uri && verifier == code.verifier;
        let alive = code.ends > self.now && self.is_there(&code.basis) && self.has_session(&code.basis);
        if !bound || !alive {
            return Some((call, refused(400, "invalid_grant")));
        }
        let basis = code.basis.clone();
        if code.used {
            self.grants[basis.grant].ended = true;
            return Some((call, refused(400, "invalid_grant")));
        }
        self.codes[at].used = true;
        let refresh = match basis.offline || basis.client == 0 {
            true => Next::New { of: None, ends: self.now + REFRESH },
            false => Next::Nothing,
        };
        let scope = among(&OF_THE_USER, &basis.scope);
        Some((call, Expected::Tokens { basis, scope, opaque: true, has_id_token: true, refresh }))
    }

    fn refresh(
        &mut self,
        at: usize,
        (scope, resource): (Option<&'static str>, Option<&'static str>),
        wrong: &[Wrong],
    ) -> Option<(Operation, Expected)> {
        let token = &self.refreshes[at];
        let caller = caller(token.basis.client, wrong);
        let call = Operation::Refresh { caller: caller.clone(), token: token.value.clone(), scope, resource };
        if wrong.contains(&Wrong::Secret) {
            return Some((call, refused(401, "invalid_client")));
        }
        let own = caller.home && caller.client == token.basis.client;
        if !own || token.ends <= self.now || !self.is_there(&token.basis) {
            return Some((call, refused(400, "invalid_grant")));
        }
        let requested = scope.map_or_else(|| token.basis.scope.clone(), words);
        if requested.iter().any(|name| !token.basis.scope.contains(name)) {
            return Some((call, refused(400, "invalid_scope")));
        }
        if !self.has_session(&token.basis) {
            return Some((call, refused(400, "invalid_grant")));
        }
        if token.used.is_some_and(|at| self.now >= at + GRACE) {
            let grant = token.basis.grant;
            self.grants[grant].ended = true;
            return Some((call, refused(400, "invalid_grant")));
        }
        if resource.is_some_and(|indicator| indicator != ITEMS || !token.basis.items) {
            return Some((call, refused(400, "invalid_target")));
        }
        let kind: &[&str] = if resource.is_some() { &OF_ITEMS } else { &OF_THE_USER };
        let granted = &self.grants[token.basis.grant].scope;
        let given = among(kind, &requested).into_iter().filter(|name| granted.contains(name)).collect();
        let refresh = match (&token.successor, self.rotates(token)) {
            (Some(successor), _) => Next::Same(successor.clone()),
            (None, true) => {
                let ends = if token.basis.client == 0 { token.ends } else { self.now + REFRESH };
                Next::New { of: Some(at), ends }
            }
            (None, false) => Next::Same(token.value.clone()),
        };
        let has_id_token = scope.is_none_or(|_| requested.iter().any(|name| name == "openid"));
        let basis = token.basis.clone();
        Some((call, Expected::Tokens { basis, scope: given, opaque: resource.is_none(), has_id_token, refresh }))
    }

    fn rotates(&self, token: &Refresh) -> bool {
        match token.basis.client {
            1 => (self.now - token.since) * 10 >= (token.ends - token.since) * 7,
            2 => false,
            _ => true,
        }
    }

    /// The index among the access tokens, or among the refresh tokens.
    fn token(&self, access: bool, back: usize) -> Option<(bool, usize)> {
        let count = if access { self.accesses.len() } else { self.refreshes.len() };
        Some((access, count.checked_sub(1 + back)?))
    }

    fn known(&self, (access, at): (bool, usize)) -> (&str, &Basis) {
        match access {
            true => (&self.accesses[at].value, &self.accesses[at].basis),
            false => (&self.refreshes[at].value, &self.refreshes[at].basis),
        }
    }

    fn revoke(&mut self, token: (bool, usize), wrong: &[Wrong]) -> Option<(Operation, Expected)> {
        let (value, basis) = self.known(token);
        let caller = caller(basis.client, wrong);
        let call = Operation::Revoke { caller: caller.clone(), token: value.to_owned() };
        if wrong.contains(&Wrong::Secret) {
            return Some((call, refused(401, "invalid_client")));
        }
        // An access token that is over is no token any more; a refresh token is one as long as it is stored.
        let found = if token.0 { self.is_usable(token.1) } else { !basis.removed && !self.grants[basis.grant].ended };
        if caller.home && found {
            match (caller.client == basis.client, is_confidential(caller.client)) {
                (true, _) => {
                    let grant = basis.grant;
                    self.grants[grant].ended = true;
                }
                (false, true) => return Some((call, refused(400, "invalid_request"))),
                // A public client does not learn whose token it holds (RFC 7009 section 2.1).
                (false, false) => {}
            }
        }
        Some((call, Expected::Exactly(Response::Done)))
    }

    fn introspect(&self, token: (bool, usize), wrong: &[Wrong]) -> Option<(Operation, Expected)> {
        let (value, basis) = self.known(token);
        let caller = caller(basis.client, wrong);
        let call = Operation::Introspect { caller: caller.clone(), token: value.to_owned() };
        if wrong.contains(&Wrong::Secret) {
            return Some((call, refused(401, "invalid_client")));
        }
        let usable = match token {
            (true, at) => self.is_usable(at),
            (false, at) => {
                let refresh = &self.refreshes[at];
                refresh.used.is_none() && refresh.ends > self.now && self.is_there(basis) && self.has_session(basis)
            }
        };
        let visible = is_confidential(caller.client) || caller.client == basis.client;
        Some((call, Expected::Exactly(Response::Active(usable && visible && caller.home))))
    }

    fn userinfo(&self, at: usize, wrong: &[Wrong]) -> Option<(Operation, Expected)> {
        let home = !wrong.contains(&Wrong::Tenant);
        let call = Operation::Userinfo { token: self.accesses[at].value.clone(), home };
        let expected = match self.accesses[at].scope.iter().any(|name| name == "openid") {
            _ if !home || !self.is_usable(at) => refused(401, "invalid_token"),
            true => Expected::Exactly(Response::Done),
            false => refused(403, "insufficient_scope"),
        };
        Some((call, expected))
    }

    fn suspend(&mut self, user: usize, suspended: bool) -> (Operation, Expected) {
        self.suspended[user] = suspended;
        if suspended {
            let theirs: Vec<bool> = self.sessions.iter().map(|session| session.user == user).collect();
            let codes = self.codes.iter_mut().map(|code| &mut code.basis);
            let refreshes = self.refreshes.iter_mut().map(|token| &mut token.basis);
            let accesses = self.accesses.iter_mut().map(|token| &mut token.basis);
            for basis in codes.chain(refreshes).chain(accesses).filter(|basis| theirs[basis.session]) {
                basis.removed = true;
            }
            for session in self.sessions.iter_mut().filter(|session| session.user == user) {
                session.ends = self.now;
            }
        }
        (Operation::Suspend { user, suspended }, Expected::Exactly(Response::Done))
    }

    fn is_granted(&self, grant: usize) -> bool {
        !self.grants[grant].ended && self.grants[grant].ends > self.now
    }

    fn is_there(&self, basis: &Basis) -> bool {
        !basis.removed && self.is_granted(basis.grant)
    }

    fn has_session(&self, basis: &Basis) -> bool {
        basis.offline || self.sessions[basis.session].ends > self.now
    }

    fn is_usable(&self, access: usize) -> bool {
        let access = &self.accesses[access];
        access.ends > self.now && self.is_there(&access.basis) && self.has_session(&access.basis)
    }
}
