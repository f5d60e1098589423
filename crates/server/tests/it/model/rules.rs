//! The rules of the crate `oauth` alone, over maps in place of tables and a request in place of a browser.

use kernel::ids::ApplicationId;
use std::collections::HashMap;

use kernel::{Secret, Timestamp};
use oauth::authorize::{self, AuthorizationContext, IdTokenHint};
use oauth::client::authentication::{self, ApplicationSecret};
use oauth::grant::GrantedScopes;
use oauth::token::authorization_code::{self, AuthorizationCode, CodeRejection};
use oauth::token::refresh_token::{self, RefreshToken, RefreshTokenUse};
use oauth::token::{self, TokenTarget};
use oauth::{Client, OAuthError, Params, ScopeSet, ttl};

use super::SystemUnderTest;
use super::actors::{self, CLIENTS, ITEMS};
use super::operations::{Caller, Operation, Response};

/// What a code or token hangs on.
#[derive(Clone)]
struct About {
    user: usize,
    grant: usize,
    session: usize,
    scope: ScopeSet,
    resources: Vec<String>,
    offline: bool,
}

struct Grant {
    granted: GrantedScopes,
    ends: Timestamp,
}

struct Session {
    user: usize,
    ends: Timestamp,
    grants: [Option<usize>; CLIENTS],
}

struct Access {
    client_id: ApplicationId,
    scope: ScopeSet,
    ends: Timestamp,
    about: About,
}

#[derive(Default)]
pub struct Rules {
    now: Timestamp,
    issued: usize,
    grants: HashMap<usize, Grant>,
    sessions: HashMap<usize, Session>,
    codes: HashMap<String, (AuthorizationCode, About)>,
    refreshes: HashMap<String, (RefreshToken, Option<String>, About)>,
    accesses: HashMap<String, Access>,
}

fn params(fields: &[(&str, Option<&str>)]) -> Params {
    let pairs = fields.iter().filter_map(|(name, value)| value.map(|value| ((*name).to_owned(), value.to_owned())));
    Params::collect(pairs).unwrap()
}

fn refused(error: &OAuthError) -> Response {
    Response::Refused(error.status, error.error.to_owned())
}

impl Rules {
    fn fresh(&mut self, kind: &str) -> String {
        self.issued += 1;
        format!("{kind}{}", self.issued)
    }

    fn client(&self, caller: &Caller, fields: &[(&str, Option<&str>)]) -> Result<(Client, Params), OAuthError> {
        let client = actors::client(caller.client);
        let id = [("client_id", Some(client.id.as_str())), ("client_secret", caller.secret)];
        let params = params(&[id.as_slice(), fields].concat());
        let secret =
            ApplicationSecret { name: "s".into(), value: Secret::new(actors::SECRET.into()), expires_at: None };
        let credentials = authentication::credentials(None, &params)?;
        authentication::authenticate(&client, &credentials, &[secret], self.now)?;
        Ok((client, params))
    }

    fn authorize(&mut self, user: usize, client: usize, params: &Params) -> Result<String, OAuthError> {
        let known = actors::client(client);
        let (found, uri) = authorize::resolve_client(params, |id| (known.id == id).then_some(&known))?;
        let facts = AuthorizationContext {
            client: found,
            enabled_user_scopes: &ScopeSet::default(),
            knows_resource: &|indicator| indicator == ITEMS,
            default_resource: None,
            id_token_hint: IdTokenHint::Absent,
        };
        let request = authorize::check(params, uri, &facts)?;
        let session = self.session(user);
        let held = self.sessions[&session].grants[client].filter(|id| self.grant(*id).is_ok());
        let grant = held.unwrap_or(self.issued);
        self.sessions.get_mut(&session).unwrap().grants[client] = Some(grant);
        let fresh = Grant { granted: GrantedScopes::default(), ends: Timestamp(0) };
        let stored = self.grants.entry(grant).or_insert(fresh);
        stored.ends = self.now.plus_seconds(ttl::GRANT);
        stored.granted.openid.extend(request.scope.standard_scopes().iter());
        let items = request.scope.intersection(&ScopeSet::parse("read:items write:items"));
        request.resources.iter().for_each(|indicator| stored.granted.add_resource(indicator, &items));
        let scope = stored.granted.accepted(&request.scope, &request.resources);
        let offline = scope.contains("offline_access") && refresh_token::is_issued(found, &scope);
        let about = About { user, grant, session, scope, resources: request.resources.clone(), offline };
        let code = AuthorizationCode {
            client_id: request.client_id.into(),
            redirect_uri: request.redirect_uri,
            code_challenge: request.code_challenge,
            expires_at: self.now.plus_seconds(ttl::AUTHORIZATION_CODE),
            consumed: false,
        };
        let value = self.fresh("code");
        self.codes.insert(value.clone(), (code, about));
        Ok(value)
    }

    fn session(&mut self, user: usize) -> usize {
        let now = self.now;
        let live = self.sessions.iter().find(|(_, session)| session.user == user && session.ends > now);
        let id = live.map_or(self.issued, |(id, _)| *id);
        let fresh = Session { user, ends: now, grants: [None; CLIENTS] };
        self.sessions.entry(id).or_insert(fresh).ends = now.plus_seconds(ttl::SESSION);
        self.issued += 1;
        id
    }

    fn grant(&self, id: usize) -> Result<&Grant, OAuthError> {
        let grant = self.grants.get(&id).filter(|grant| grant.ends > self.now);
        grant.ok_or_else(|| OAuthError::invalid_grant("grant not found"))
    }

    fn require_session(&self, about: &About) -> Result<(), OAuthError> {
        let alive = self.sessions.get(&about.session).is_some_and(|session| session.ends > self.now);
        if about.offline || alive { Ok(()) } else { Err(OAuthError::invalid_grant("session has ended")) }
    }

    /// Ends a grant with everything that hangs on it, as the foreign keys of the tables do.
    fn end(&mut self, grant: usize) {
        self.grants.remove(&grant);
        self.codes.retain(|_, (_, about)| about.grant != grant);
        self.refreshes.retain(|_, (_, _, about)| about.grant != grant);
        self.accesses.retain(|_, access| access.about.grant != grant);
    }

    fn exchange(&mut self, caller: &Caller, fields: &[(&str, Option<&str>)]) -> Result<Response, OAuthError> {
        let (client, params) = self.client(caller, fields)?;
        token::grant_type(&params, &client)?;
        let (value, uri) = authorization_code::parameters(&params, &client)?;
        let stored = self.codes.get(value).filter(|_| caller.home).cloned();
        let code = stored.as_ref().map(|(code, _)| code);
        let checked = authorization_code::check(code, &client, uri, params.get("code_verifier"), self.now);
        if let Err(CodeRejection { error, revoke_grant }) = checked {
            stored.filter(|_| revoke_grant).into_iter().for_each(|(_, about)| self.end(about.grant));
            return Err(error);
        }
        let about = stored.unwrap().1;
        self.grant(about.grant)?;
        self.require_session(&about)?;
        let target = TokenTarget::resolve(&params, &about.resources, &about.scope, None, |_| true)?;
        self.codes.get_mut(value).unwrap().0.consumed = true;
        let refresh = refresh_token::is_issued(&client, &about.scope).then(|| self.fresh("refresh"));
        if let Some(refresh) = &refresh {
            let token = RefreshToken {
                client_id: client.id.clone(),
                first_issued_at: self.now,
                issued_at: self.now,
                expires_at: self.now.plus_seconds(ttl::refresh_token(&client)),
                consumed_at: None,
            };
            self.refreshes.insert(refresh.clone(), (token, None, about.clone()));
        }
        let has_id_token = about.scope.contains("openid");
        Ok(self.tokens(&client, &about, (&target, &about.scope), refresh, has_id_token))
    }

    fn refresh(&mut self, caller: &Caller, fields: &[(&str, Option<&str>)]) -> Result<Response, OAuthError> {
        let (client, params) = self.client(caller, fields)?;
        token::grant_type(&params, &client)?;
        let value = params.get("refresh_token").unwrap_or_default().to_owned();
        let stored = self.refreshes.get(&value).filter(|_| caller.home).cloned();
        let token = refresh_token::check(stored.as_ref().map(|(token, ..)| token), &client, self.now)?.clone();
        let (_, successor, about) = stored.unwrap();
        self.grant(about.grant)?;
        let requested = refresh_token::requested_scope(&params, &about.scope)?;
        self.require_session(&about)?;
        let usage = token.usage(self.now);
        if usage == RefreshTokenUse::Replay {
            self.end(about.grant);
            return Err(refresh_token::replay_error());
        }
        let target = TokenTarget::resolve(&params, &about.resources, &about.scope, None, |_| true)?;
        let kept = match usage {
            RefreshTokenUse::Grace => successor.unwrap(),
            _ if token.rotates(&client, self.now) => {
                let next = self.fresh("refresh");
                let used = self.refreshes.get_mut(&value).unwrap();
                (used.0.consumed_at, used.1) = (Some(self.now), Some(next.clone()));
                let expires_at = token.successor_expires_at(&client, self.now);
                let token = RefreshToken { issued_at: self.now, expires_at, consumed_at: None, ..token.clone() };
                self.refreshes.insert(next.clone(), (token, None, about.clone()));
                next
            }
            _ => value,
        };
        let has_id_token = refresh_token::wants_id_token(&params, &about.scope);
        Ok(self.tokens(&client, &about, (&target, &requested), Some(kept), has_id_token))
    }

    fn tokens(
        &mut self,
        client: &Client,
        about: &About,
        (target, requested): (&TokenTarget, &ScopeSet),
        refresh: Option<String>,
        has_id_token: bool,
    ) -> Response {
        let available = ScopeSet::parse("read:items write:items");
        let scope = target.scopes(requested, &self.grants[&about.grant].granted, &available);
        let access = match target {
            TokenTarget::Userinfo => self.fresh("access"),
            TokenTarget::Resource { .. } | TokenTarget::Organization(_) => self.fresh("a.jwt."),
        };
        if *target == TokenTarget::Userinfo {
            let ends = self.now.plus_seconds(ttl::ACCESS_TOKEN);
            let stored = Access { client_id: client.id.clone(), scope: scope.clone(), ends, about: about.clone() };
            self.accesses.insert(access.clone(), stored);
        }
        Response::Tokens { access, refresh, scope: scope.to_string(), has_id_token }
    }

    fn usable(&self, token: &str) -> Option<&Access> {
        let access = self.accesses.get(token).filter(|access| access.ends > self.now)?;
        let alive = self.grant(access.about.grant).is_ok() && self.require_session(&access.about).is_ok();
        alive.then_some(access)
    }

    fn revoke(&mut self, caller: &Caller, token: &str) -> Result<Response, OAuthError> {
        let (client, _) = self.client(caller, &[])?;
        let access = self.usable(token).map(|access| (access.client_id.clone(), access.about.grant));
        let refresh = self.refreshes.get(token).map(|(token, _, about)| (token.client_id.clone(), about.grant));
        if let Some((owner, grant)) = access.or(refresh).filter(|_| caller.home) {
            match owner == client.id {
                true => self.end(grant),
                false if client.is_public() => {}
                false => return Err(OAuthError::invalid_request("another client's token")),
            }
        }
        Ok(Response::Done)
    }

    fn introspect(&self, caller: &Caller, token: &str) -> Result<Response, OAuthError> {
        let (client, _) = self.client(caller, &[])?;
        let access = self.usable(token).map(|access| &access.client_id);
        let fresh = |(token, _, about): &&(RefreshToken, Option<String>, About)| {
            let unused = token.consumed_at.is_none() && token.expires_at > self.now;
            unused && self.grant(about.grant).is_ok() && self.require_session(about).is_ok()
        };
        let refresh = self.refreshes.get(token).filter(fresh).map(|(token, ..)| &token.client_id);
        let visible = |owner: &&ApplicationId| !client.is_public() || **owner == client.id;
        Ok(Response::Active(caller.home && access.or(refresh).filter(visible).is_some()))
    }

    fn userinfo(&self, token: &str, home: bool) -> Result<Response, OAuthError> {
        let access = self.usable(token).filter(|_| home).ok_or_else(|| OAuthError::invalid_token("unknown"))?;
        match access.scope.contains("openid") {
            true => Ok(Response::Done),
            false => Err(OAuthError::insufficient_scope("openid is missing", "openid")),
        }
    }

    fn suspend(&mut self, user: usize) {
        self.sessions.retain(|_, session| session.user != user);
        self.codes.retain(|_, (_, about)| about.user != user);
        self.refreshes.retain(|_, (_, _, about)| about.user != user);
        self.accesses.retain(|_, access| access.about.user != user);
    }
}

impl SystemUnderTest for Rules {
    async fn answer(&mut self, call: Operation) -> Response {
        let answer = match call {
            Operation::Authorize { user, client, uri, verifier, scope, resource } => {
                let (id, challenge) = (actors::client(client).id, verifier.map(actors::challenge));
                let asked = params(&[
                    ("client_id", Some(&id)),
                    ("redirect_uri", Some(&uri)),
                    ("response_type", Some("code")),
                    ("scope", Some(scope)),
                    ("prompt", Some("consent")),
                    ("code_challenge", challenge.as_deref()),
                    ("code_challenge_method", challenge.is_some().then_some("S256")),
                    ("resource", resource.then_some(ITEMS)),
                ]);
                let refused = |error: OAuthError| Response::Refused(303, error.error.to_owned());
                Ok(self.authorize(user, client, &asked).map_or_else(refused, Response::Code))
            }
            Operation::Exchange { caller, code, uri, verifier } => self.exchange(
                &caller,
                &[
                    ("grant_type", Some("authorization_code")),
                    ("code", Some(&code)),
                    ("redirect_uri", uri.as_deref()),
                    ("code_verifier", verifier.as_deref()),
                ],
            ),
            Operation::Refresh { caller, token, scope, resource } => self.refresh(
                &caller,
                &[
                    ("grant_type", Some("refresh_token")),
                    ("refresh_token", Some(&token)),
                    ("scope", scope),
                    ("resource", resource),
                ],
            ),
            Operation::Revoke { caller, token } => self.revoke(&caller, &token),
            Operation::Introspect { caller, token } => self.introspect(&caller, &token),
            Operation::Userinfo { token, home } => self.userinfo(&token, home),
            Operation::Suspend { user, suspended } => {
                if suspended {
                    self.suspend(user);
                }
                Ok(Response::Done)
            }
            Operation::Wait { milliseconds } => {
                self.now = Timestamp(self.now.0 + milliseconds);
                Ok(Response::Done)
            }
        };
        answer.unwrap_or_else(|error| refused(&error))
    }
}
