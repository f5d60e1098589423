//! The tokens of a signed-in session: reading, renewing and storing them.

use jose::{DecodedToken, JoseError};

use crate::access_token::AccessTokenUpdate;
use crate::refresh_coordinator::Renewal;
use crate::storage::TOKENS;
use crate::{
    Client, Deadline, Error, ErrorKind, ORGANIZATION_PREFIX, Operation, PendingSave, PersistKey, Provider, Storage,
    access_token, id_token, storage,
};

/// What a session's renewal begins with.
struct StoredSession {
    refresh_token: String,
    /// Of the stored ID token: a renewed one must be about the same user (OpenID Connect Core 1.0 section 12.2).
    subject: Option<String>,
}

impl StoredSession {
    fn load(storage: &dyn Storage) -> Result<Option<Self>, Error> {
        let Some(refresh_token) = storage::read(storage, PersistKey::RefreshToken)? else { return Ok(None) };
        let id_token =
            storage::read(storage, PersistKey::IdToken)?.and_then(|token| jose::decode_unverified(&token).ok());
        let subject = id_token.and_then(|token| token.text("sub").map(str::to_owned));
        Ok(Some(Self { refresh_token, subject }))
    }
}

impl Client {
    /// The access token for a resource, an organization's URN, or (empty) for userinfo: the stored one while it is good,
    /// else a fresh one. `None` without a refresh token.
    ///
    /// # Errors
    /// `OrganizationsScopeRequired` at once; from the operation `ReauthenticationRequired` when the session is over, and
    /// whatever else a refresh fails with.
    pub fn access_token(&self, storage: &dyn Storage, key: &str) -> Result<Operation<Option<String>>, Error> {
        if key.starts_with(ORGANIZATION_PREFIX) && !self.config().wants_organizations() {
            return Err(Error::OrganizationsScopeRequired);
        }
        let cached = access_token::cached(storage, key, self.connection().clock.now())?;
        if let Some(good) = cached.as_ref().filter(|one| !one.renew) {
            return Ok(Operation::ready(Some(good.token.clone())));
        }
        let still_good = cached.map(|one| one.token);
        let Some(session) = StoredSession::load(storage)? else { return Ok(Operation::ready(still_good)) };
        let (client, key, deadline) = (self.clone(), key.to_owned(), self.connection().deadline());
        let used = session.refresh_token.clone();
        let operation = Operation::new(move || {
            let renewal = client.renew(&session, &key, deadline);
            PendingSave::new(move |storage| {
                client.save(storage, &key, &session, &renewal)?;
                match (renewal, still_good) {
                    (Ok(renewal), _) => Ok(Some(renewal.response.access_token)),
                    // It was early: who is away now may be back before the token ends.
                    (Err(Error::Network { .. }), Some(token)) => Ok(Some(token)),
                    (Err(error), _) => Err(error),
                }
            })
        });
        Ok(operation.using(Some(&used)))
    }

    /// What the provider says about the user, as JSON text; `None` without a token. An access token that was revoked
    /// before its time is replaced once.
    ///
    /// # Errors
    /// As [`Self::access_token`].
    pub fn user_info(&self, storage: &dyn Storage) -> Result<Operation<Option<String>>, Error> {
        let cached = access_token::cached(storage, "", self.connection().clock.now())?.map(|one| one.token);
        let session = StoredSession::load(storage)?;
        let (client, deadline) = (self.clone(), self.connection().deadline());
        let used = session.as_ref().map(|session| session.refresh_token.clone());
        let operation = Operation::new(move || {
            if let Some(done) = client.user_info_by_cached(cached, session.is_some(), deadline) {
                return PendingSave::new(move |_| done);
            }
            let Some(session) = session else { return PendingSave::new(|_| Ok(None)) };
            let renewal = client.renew(&session, "", deadline);
            let info = match &renewal {
                Ok(Renewal { response: fresh, .. }) => {
                    client.provider(deadline).and_then(|one| one.user_info(&fresh.access_token, deadline))
                }
                Err(error) => Err(error.clone()),
            };
            PendingSave::new(move |storage| {
                client.save(storage, "", &session, &renewal)?;
                info.map(Some)
            })
        });
        Ok(operation.using(used.as_deref()))
    }

    /// The answer to the cached token, unless there is none, or one that is refused and can be replaced.
    fn user_info_by_cached(
        &self,
        cached: Option<String>,
        renewable: bool,
        deadline: Deadline,
    ) -> Option<Result<Option<String>, Error>> {
        let token = cached?;
        match self.provider(deadline).and_then(|provider| provider.user_info(&token, deadline)) {
            Err(Error::Provider { status: 401, .. }) if renewable => None,
            info => Some(info.map(Some)),
        }
    }

    /// The verified claims of the session's ID token as JSON text. One that has ended is renewed by the refresh token.
    ///
    /// # Errors
    /// `NoIdToken`, `IdToken…` for a token that is not to be trusted or has ended without being renewable,
    /// `ReauthenticationRequired` when the provider does not renew it. `Network` and `Provider` say nothing about the session.
    pub fn id_token_claims(&self, storage: &dyn Storage) -> Result<Operation<String>, Error> {
        let token = storage::read(storage, PersistKey::IdToken)?.ok_or(Error::NoIdToken)?;
        let session = StoredSession::load(storage)?;
        // What is refused without a key needs no network.
        let unverified = jose::decode_unverified(&token)?;
        id_token::check_type(&unverified)?;
        if !unverified.has_audience(&self.config().app_id) {
            return Err(Error::IdTokenClaim { claim: "aud" });
        }
        let (leeway, deadline) = (self.config().leeway_seconds, self.connection().deadline());
        let times = jose::check_times(&unverified.claims, self.connection().clock.now(), leeway);
        let client = self.clone();
        match (times, session) {
            (Err(JoseError::Expired), Some(session)) => Ok(self.renewed_claims(session, deadline)),
            (Err(error), _) => Err(Error::of_id_token(error, &self.connection().clock_offset, leeway)),
            (Ok(()), _) => Ok(Operation::reading(move || client.verified_claims(&token, deadline))),
        }
    }

    fn renewed_claims(&self, session: StoredSession, deadline: Deadline) -> Operation<String> {
        let (client, used) = (self.clone(), session.refresh_token.clone());
        let operation = Operation::new(move || {
            let renewal = client.renew(&session, "", deadline);
            PendingSave::new(move |storage| {
                client.save(storage, "", &session, &renewal)?;
                // A provider that sends none has not renewed it.
                let Renewal { response, id_token_error, .. } = renewal?;
                // One that was sent has been verified.
                let missing = id_token_error.unwrap_or(Error::IdToken(JoseError::Expired));
                Ok(as_json(jose::decode_unverified(&response.id_token.ok_or(missing)?)?))
            })
        });
        operation.using(Some(&used))
    }

    fn verified_claims(&self, token: &str, deadline: Deadline) -> Result<String, Error> {
        let config = self.config();
        let provider = self.provider(deadline)?;
        provider.verify_id_token(token, &config.app_id, None, config.leeway_seconds, deadline).map(as_json)
    }

    fn renew(&self, session: &StoredSession, key: &str, deadline: Deadline) -> Result<Renewal, Error> {
        let provider = self.provider(deadline)?;
        self.coordinator().refresh_once(&session.refresh_token, key, deadline, |current| {
            let mut response = provider.token_by_refresh(self.credentials(), current, key, deadline)?;
            let at = self.connection().clock.now();
            let id_token_error = match &response.id_token {
                Some(id_token) => self.verify_renewed(&provider, id_token, session, deadline).err(),
                None => None,
            };
            match id_token_error {
                // The refresh token that was used is void: the new one must not be lost with the keys.
                Some(error) if matches!(error.kind(), ErrorKind::Network | ErrorKind::Provider) => {
                    response.id_token = None;
                    Ok(Renewal { response, at, id_token_error: Some(error) })
                }
                Some(error) => Err(error),
                None => Ok(Renewal { response, at, id_token_error: None }),
            }
        })
    }

    fn verify_renewed(
        &self,
        provider: &Provider,
        id_token: &str,
        session: &StoredSession,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let config = self.config();
        // The nonce of the first request may or may not be repeated, so it is not asked for (Core 1.0 section 12.2).
        let verified = provider.verify_id_token(id_token, &config.app_id, None, config.leeway_seconds, deadline)?;
        if session.subject.as_deref().is_some_and(|subject| verified.text("sub") != Some(subject)) {
            return Err(Error::IdTokenClaim { claim: "sub" });
        }
        Ok(())
    }

    /// Stores a renewal, or removes the tokens of a session that the provider has ended. Neither when the storage holds
    /// another session by now: its user has signed out, or somebody else in, while the provider was asked.
    fn save(
        &self,
        storage: &dyn Storage,
        key: &str,
        session: &StoredSession,
        renewal: &Result<Renewal, Error>,
    ) -> Result<(), Error> {
        let stored = storage::read(storage, PersistKey::RefreshToken)?;
        match renewal {
            Ok(Renewal { response, at, .. }) => {
                let related = |stored: String| self.coordinator().are_related(&stored, &session.refresh_token);
                if stored.is_some_and(related) {
                    let ahead = self.config().refresh_ahead_seconds;
                    access_token::store(storage, AccessTokenUpdate { key, response, at: *at, ahead })?;
                }
                Ok(())
            }
            // Only with the token that was refused: another request may have put a newer one in place.
            Err(Error::ReauthenticationRequired { .. }) if stored.as_ref() == Some(&session.refresh_token) => {
                storage::remove(storage, &TOKENS)
            }
            Err(_) => Ok(()),
        }
    }
}

fn as_json(token: DecodedToken) -> String {
    serde_json::Value::Object(token.claims).to_string()
}
