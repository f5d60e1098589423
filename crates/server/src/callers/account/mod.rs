//! A person who looks at or changes their own account (inventory A001 to A008). What an operation needs stands beside its route as
//! data ([`account_operations`]), the caller's type names the operation, and one check asks for all of it: when the request comes, and
//! again in the transaction that changes something.

mod gate;
mod me;
mod needs;

pub use me::MeUser;
pub(crate) use needs::account_operations;
pub use needs::{AccountNeeds, AccountOperation, Field, Part, Proof};

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::request::Parts;
use db::DbError;
use kernel::ids::UserId;
use oauth::Client;
use serde::Serialize;

use super::authorization_header::presented;
use super::{Access, Caller, RequestContext};
use crate::App;
use crate::account_center::{self, AccountCenterSettings};
use crate::errors::ApiError;
use crate::oidc::stored_name::StoredName;
use crate::oidc::subject::KeptSignIn;
use crate::users::UserResponse;
use crate::users::store::{self, User};
use crate::work::{Actor, View, Work};
use gate::{Admitted, Credential, Gate, unauthorized};

/// The header with the id of the record that proves who the person is.
const PROOF: HeaderName = HeaderName::from_static("logto-verification-id");

/// The caller of the operation `O`, who may do it.
pub struct AccountUser<O> {
    request: RequestContext,
    gate: Gate,
    admitted: Admitted,
    /// The settings of the account centre when the request came.
    pub settings: AccountCenterSettings,
    operation: PhantomData<fn() -> O>,
}

impl<O> Clone for AccountUser<O> {
    fn clone(&self) -> Self {
        Self {
            request: self.request.clone(),
            gate: self.gate.clone(),
            admitted: self.admitted.clone(),
            settings: self.settings.clone(),
            operation: PhantomData,
        }
    }
}

impl<O: AccountOperation> Caller for AccountUser<O> {
    const ACCESS: Access = Access::Account(O::NEEDS);
}

impl<O: AccountOperation> FromRequestParts<App> for AccountUser<O> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        presented(&parts.headers)?;
        let request = RequestContext::of(parts).await?;
        let token = presented(&request.headers)?;
        let name = StoredName::of_presented(&request, token.token).ok_or_else(unauthorized)?;
        let found = Self::find(request.clone(), name, request.header(PROOF).map(str::to_owned)).await?;
        token.require_possession(&request, Some(found.client()), found.bound_to()).await?;
        found.checked()
    }
}

impl<O: AccountOperation> AccountUser<O> {
    /// The person of a token, and the record by which they prove who they are. Nothing is asked yet but that the token is valid.
    ///
    /// # Errors
    /// 401 `auth.unauthorized`; a failure of the database.
    pub(crate) async fn find(
        request: RequestContext,
        credential: impl Into<Credential>,
        proof_id: Option<String>,
    ) -> Result<Self, ApiError> {
        let gate = Gate::new(O::NEEDS, credential.into(), proof_id);
        let (inner, same) = (request.clone(), gate.clone());
        let admitted = request.read_inline(move |view| same.find(view, &inner)).await?.ok_or_else(unauthorized)?;
        let settings = account_center::settings(&request.config);
        let actor = Actor::Person { id: admitted.token.user.info.id.clone() };
        Ok(Self { request: request.with_actor(actor), gate, admitted, settings, operation: PhantomData })
    }

    /// The same, once everything that the operation needs was asked for.
    ///
    /// # Errors
    /// What is missing, in the order of the contract.
    pub(crate) fn checked(self) -> Result<Self, ApiError> {
        self.gate.check(&self.admitted, &self.settings)?;
        Ok(self)
    }

    /// The application of the token.
    pub(crate) fn client(&self) -> &Client {
        &self.admitted.registered.client
    }

    /// The thumbprint of the key that the token is bound to.
    pub(crate) fn bound_to(&self) -> Option<&str> {
        self.admitted.token.jkt.as_deref()
    }

    /// The request; its own units of work ask for no rights.
    pub fn request(&self) -> &RequestContext {
        &self.request
    }

    /// The account when the request came, without its social identities.
    pub fn user(&self) -> &UserResponse {
        &self.admitted.token.user
    }

    /// The id of the account.
    pub fn id(&self) -> &UserId {
        &self.user().info.id
    }

    /// Whether the token has this scope, and its application may still use it.
    pub fn has_scope(&self, name: &str) -> bool {
        self.admitted.scope.contains(name)
    }

    /// Whether the operator lets people see this part of their account.
    pub fn sees(&self, field: Field) -> bool {
        field.is_readable(&self.settings.fields)
    }

    /// Whether the operator lets people change this part of their account.
    pub fn edits(&self, field: Field) -> bool {
        field.is_editable(&self.settings.fields)
    }

    /// The session that the token comes from.
    pub fn session_uid(&self) -> Option<&str> {
        self.admitted.token.session_uid.as_deref()
    }

    /// The grant that the token comes from.
    pub fn grant_id(&self) -> &str {
        &self.admitted.token.grant_id
    }

    /// The sign-in that the token comes from, with the proof: what stays when the person ends all others.
    pub fn sign_in(&self) -> KeptSignIn {
        KeptSignIn {
            grant_id: self.grant_id().to_owned(),
            session_uid: self.session_uid().map(str::to_owned),
            proof_id: self.gate.proof_id().map(str::to_owned),
        }
    }

    /// Also asks for what the present members of a body need. `body` must skip absent ones.
    ///
    /// # Errors
    /// As the caller itself.
    pub fn for_members(mut self, body: &impl Serialize) -> Result<Self, ApiError> {
        let body = serde_json::to_value(body).unwrap_or_default();
        let present = |part: &&'static Part| body.get(part.name).is_some();
        self.gate.members = O::NEEDS.members.iter().filter(present).collect();
        self.gate.check(&self.admitted, &self.settings)?;
        Ok(self)
    }

    /// Also asks for what this part needs: which one it is only the rows tell.
    ///
    /// # Errors
    /// As the caller itself.
    pub fn for_part(mut self, part: &'static Part) -> Result<Self, ApiError> {
        self.gate.members.push(part);
        self.gate.check(&self.admitted, &self.settings)?;
        Ok(self)
    }

    /// A unit that reads few rows, each by an index.
    ///
    /// # Errors
    /// Those of `work`; a failure of the database.
    pub async fn read<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&View<'_>) -> Result<T, ApiError> + Send + 'static,
        T: Send + 'static,
    {
        self.request.read_inline(work).await
    }

    /// A unit that reads many rows, which may wait for its turn: everything that the operation needs is asked again where it reads.
    ///
    /// # Errors
    /// What is missing by then; those of `work`; a failure of the database.
    pub async fn read_many<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&View<'_>) -> Result<T, ApiError> + Send + 'static,
        T: Send + 'static,
    {
        let config = self.request.tenant.config().await?;
        let (request, gate, settings) = (self.request.clone(), self.gate.clone(), account_center::settings(&config));
        let read = move |view: &View<'_>| {
            let found = gate.find(view, &request)?.ok_or_else(unauthorized)?;
            gate.check(&found, &settings)?;
            work(view)
        };
        self.request.read(read).await
    }

    /// A unit that changes the account, as [`AccountUnit::write`].
    ///
    /// # Errors
    /// As [`AccountUnit::write`].
    pub async fn write<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: FnOnce(&Work<'_>, User) -> Result<T, ApiError> + Send + 'static,
        T: Send + 'static,
    {
        self.unit().write(work).await
    }

    /// What is needed to change the account more than once.
    pub fn unit(&self) -> AccountUnit {
        AccountUnit { request: self.request.clone(), gate: self.gate.clone(), id: self.id().clone() }
    }
}

/// Whose account it is, and what the operation needs.
#[derive(Clone)]
pub struct AccountUnit {
    request: RequestContext,
    gate: Gate,
    id: UserId,
}

impl AccountUnit {
    /// The request; its own units of work ask for no rights.
    pub fn request(&self) -> &RequestContext {
        &self.request
    }

    /// A unit that changes the account, which it gets locked. The rights are asked again in it: the token, the proof, the settings or
    /// the account may have changed since the request came. It is on the disk once this returns `Ok`.
    ///
    /// # Errors
    /// As the caller itself; those of `work`; a failure of the database.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Work<'_>, User) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<ApiError> + From<DbError> + Send + 'static,
    {
        let config = self.request.tenant.config().await?;
        let settings = account_center::settings(&config);
        let Self { request, gate, id } = self.clone();
        let unit = move |unit: &Work<'_>| {
            let user = store::find_for_update(unit, &id)?.ok_or_else(unauthorized)?;
            let found = gate.find(unit, &request)?.ok_or_else(unauthorized)?;
            gate.check(&found, &settings)?;
            work(unit, user)
        };
        self.request.write(unit).await
    }
}
