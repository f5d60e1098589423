//! Actions: scripts that take part in sign-ins (inventory O133, O134, M247–M252).

use ::api::scripts::{ActionType, OnExecutionError};
use ::scripts::Failure;
use db::DbError;
use flow::{Identifier, IdentifierType};
use kernel::id;
use kernel::ids::{ApplicationId, UserId};
use serde_json::{Map, Value, json};

use super::context;
use super::execution::{self, Call, action_error, members};
use super::patch::{NewUserPatch, UserPatch, result};
use super::store::ReadyAction;
use crate::audit::{AuditEntry, user_agent};
use crate::callers::RequestContext;
use crate::errors::ApiError;
use crate::users::store::User;
use crate::work::View;

/// The function of an action.
pub(super) const FUNCTION: &str = "runAction";

/// A sign-in in which an action runs.
#[derive(Debug, Clone)]
pub(crate) struct SignInFacts<'a> {
    /// As [`flow::State::view`] has it.
    pub interaction: Value,
    pub client_id: &'a ApplicationId,
    /// Who signs in; none if nobody has the identifier.
    pub user: Option<User>,
}

/// What an action is told.
///
/// # Errors
/// A failure of the database.
pub(crate) fn event(view: &View<'_>, facts: SignInFacts<'_>) -> Result<Map<String, Value>, DbError> {
    let SignInFacts { mut interaction, client_id, user } = facts;
    let user = user.map(|user| context::user(view, user)).transpose()?;
    let application = context::application(view, client_id)?;
    Ok(members([
        ("interactionEvent", interaction["interactionEvent"].take()),
        ("verificationRecords", interaction["verificationRecords"].take()),
        ("signInContext", interaction["signInContext"].take()),
        ("user", user.into()),
        ("application", application.into()),
    ]))
}

/// Runs an action.
async fn run(req: &RequestContext, action: &ReadyAction, event: Map<String, Value>) -> Result<Option<Value>, Failure> {
    let call = Call { function: FUNCTION, argument: members([("event", event.into())]), can_deny: false };
    execution::run(&req.app, req.tenant_id(), &action.script, call).await
}

/// Asks what shall change in the user who is about to be signed in.
///
/// # Errors
/// [`Failure`].
pub(crate) async fn post_sign_in(
    req: &RequestContext,
    action: &ReadyAction,
    event: Map<String, Value>,
) -> Result<Option<UserPatch>, Failure> {
    let returned = result(run(req, action, event).await?, action.kind, &["updateUser"])?;
    returned.and_then(|mut members| members.remove("updateUser")).map(UserPatch::read).transpose()
}

/// What an action knows of somebody whose password is not that of a user here.
#[derive(Debug, Clone)]
pub(crate) enum VerifiedElsewhere {
    /// It is that of somebody who is to be made a user.
    NewUser(NewUserPatch),
    /// It is that of the user who has the identifier.
    User(UserPatch),
}

/// Asks whether a wrong password is right elsewhere. `None` means that it is wrong there too.
///
/// # Errors
/// [`Failure`].
pub(crate) async fn post_first_factor_verification(
    req: &RequestContext,
    action: &ReadyAction,
    mut event: Map<String, Value>,
    identifier: &Identifier,
    password: &str,
) -> Result<Option<VerifiedElsewhere>, Failure> {
    let has_user = event.get("user").is_some_and(Value::is_object);
    event.insert("identifier".into(), json!(identifier));
    event.insert("password".into(), password.into());
    let known = ["createUser", "passwordVerified", "updateUser"];
    let Some(mut members) = result(run(req, action, event).await?, action.kind, &known)? else { return Ok(None) };
    let (mut created, mut updated) = (members.remove("createUser"), members.remove("updateUser"));
    // It may stand beside the changes, or among them.
    let mut is_verified = members.remove("passwordVerified") == Some(Value::Bool(true));
    for changes in [&mut created, &mut updated].into_iter().flatten().filter_map(Value::as_object_mut) {
        is_verified |= changes.remove("passwordVerified") == Some(Value::Bool(true));
    }
    let fault = |text: &str| Err(Failure::Type(text.to_owned()));
    match (created, updated) {
        (None, None) if !is_verified => Ok(None),
        _ if !is_verified => fault("a user is made or changed only with passwordVerified: true"),
        (Some(_), Some(_)) => fault("there is either createUser or updateUser"),
        (Some(_), None) if has_user => fault("createUser: a user has the identifier already"),
        (Some(mut new), None) => {
            if let Some(members) = new.as_object_mut() {
                members.entry(member_of(identifier.kind)).or_insert_with(|| identifier.value.clone().into());
            }
            let id = id::short_entity_id(&req.app.rng).into();
            NewUserPatch::read(new, id).map(|new| Some(VerifiedElsewhere::NewUser(new)))
        }
        (None, _) if !has_user => fault("nobody has the identifier: return createUser"),
        (None, changes) => {
            let changes = changes.unwrap_or_else(|| json!({}));
            UserPatch::read(changes).map(|patch| Some(VerifiedElsewhere::User(patch)))
        }
    }
}

fn member_of(kind: IdentifierType) -> &'static str {
    match kind {
        IdentifierType::Username => "username",
        IdentifierType::Email => "primaryEmail",
        IdentifierType::Phone => "primaryPhone",
    }
}

/// What becomes of a sign-in whose action failed, and the entry of the log for it.
///
/// # Errors
/// The refusal, unless the action says that sign-ins go on.
pub(crate) fn failed(action: &ReadyAction, failure: &Failure) -> Result<(), ApiError> {
    refused(action, action_error(failure))
}

/// As [`failed`], for changes that were refused.
///
/// # Errors
/// `error`, unless the action says that sign-ins go on.
pub(crate) fn refused(action: &ReadyAction, error: ApiError) -> Result<(), ApiError> {
    match action.on_error {
        OnExecutionError::Block => Err(error),
        OnExecutionError::Allow => Ok(()),
    }
}

/// `Action.PostSignIn` and `Action.PostFirstFactorVerification` (inventory H031): what was changed by name, never a value.
pub(crate) fn entry(
    req: &RequestContext,
    kind: ActionType,
    user_id: Option<&UserId>,
    client_id: &ApplicationId,
    outcome: Result<&[String], String>,
) -> AuditEntry {
    let mut payload = members([
        ("result", if outcome.is_ok() { "Success" } else { "Error" }.into()),
        ("ip", req.ip.text().into()),
        ("userAgent", req.user_agent.clone().into()),
        ("userAgentParsed", user_agent::parsed(&req.user_agent)),
        ("applicationId", client_id.as_str().into()),
    ]);
    payload.extend(user_id.map(|id| ("userId".to_owned(), id.as_str().into())));
    match outcome {
        Ok(names) => payload.insert("updatedFields".into(), names.into()),
        Err(text) => payload.insert("error".into(), text.into()),
    };
    let key = match kind {
        ActionType::PostFirstFactorVerification => "Action.PostFirstFactorVerification",
        ActionType::PostSignIn => "Action.PostSignIn",
    };
    AuditEntry { key: key.to_owned(), payload }
}
