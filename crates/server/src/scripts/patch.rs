//! What an action may say of a user (inventory O134). It is held to the rules of the Management API.

use ::api::scripts::ActionType;
use ::api::users::{CreateUser, UpdateUser};
use ::scripts::Failure;
use flow::PasswordDigest;
use kernel::ids::UserId;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::errors::ApiError;
use crate::organizations::jit;
use crate::users;
use crate::users::store::{NewUser, User};
use crate::work::Work;

const PATCHABLE: [&str; 7] = ["avatar", "customData", "name", "primaryEmail", "primaryPhone", "profile", "username"];

/// Changes of a user.
#[derive(Debug, Clone)]
pub(crate) struct UserPatch {
    patch: UpdateUser,
    names: Vec<String>,
}

/// A user that an action makes.
#[derive(Debug, Clone)]
pub(crate) struct NewUserPatch {
    new: NewUser,
    names: Vec<String>,
}

/// The members of a result; none for `undefined` and `null`.
///
/// # Errors
/// [`Failure::Type`] for what is no object, or has members of another name.
pub(super) fn result(
    value: Option<Value>,
    kind: ActionType,
    known: &[&str],
) -> Result<Option<Map<String, Value>>, Failure> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => {
            require_known(&members, known)?;
            Ok(Some(members))
        }
        Some(_) => Err(Failure::Type(format!("{} must return an object or nothing", kind.as_str()))),
    }
}

fn require_known(members: &Map<String, Value>, known: &[&str]) -> Result<(), Failure> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Failure::Type(format!("an action can't set {}", name.chars().take(64).collect::<String>()))),
        None => Ok(()),
    }
}

fn read<T: DeserializeOwned + schemars::JsonSchema + 'static>(value: Value) -> Result<(T, Vec<String>), Failure> {
    let Value::Object(members) = value else {
        return Err(Failure::Type("the changes of a user must be an object".into()));
    };
    require_known(&members, &PATCHABLE)?;
    let names = members.keys().cloned().collect();
    let read = ::api::body::read(Value::Object(members)).map_err(|issues| {
        let issue = issues.first().map(|issue| {
            let path: Vec<String> = issue.path.iter().map(ToString::to_string).collect();
            format!("{}: {}", path.join("."), issue.message)
        });
        Failure::Type(issue.unwrap_or_default())
    });
    Ok((read?, names))
}

/// A rule of the Management API that a result breaks.
fn broken_rule(error: &ApiError) -> Failure {
    Failure::Type(format!("{}: {}", error.code(), error.message(kernel::Locale::En)))
}

impl UserPatch {
    /// Reads the changes of a user.
    ///
    /// # Errors
    /// [`Failure::Type`] says what can't be set, or not so.
    pub(super) fn read(value: Value) -> Result<Self, Failure> {
        let (patch, names) = read::<UpdateUser>(value)?;
        users::check_update(&patch).map_err(|error| broken_rule(&error))?;
        Ok(Self { patch, names })
    }

    /// The members that it sets.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Makes the changes; `customData` is merged.
    ///
    /// # Errors
    /// 422 `user.*_already_in_use`; 404 if the user is gone.
    pub(crate) fn apply(&self, work: &Work<'_>, user_id: &UserId, case_sensitive: bool) -> Result<(), ApiError> {
        work.require_durable();
        let mut patch = self.patch.clone();
        if patch == UpdateUser::default() {
            return Ok(());
        }
        if let Some(custom_data) = &mut patch.custom_data {
            let mut merged = users::store::get_for_update(work, user_id)?.custom_data;
            merged.append(custom_data);
            *custom_data = merged;
        }
        users::change(work, user_id, patch, case_sensitive).map(drop)
    }
}

impl NewUserPatch {
    /// Reads a new user, who has the same id in each attempt to store them: the other action is asked in between.
    ///
    /// # Errors
    /// As [`UserPatch::read`].
    pub(super) fn read(value: Value, id: UserId) -> Result<Self, Failure> {
        let (new, names) = read::<CreateUser>(value)?;
        let (new, _) = users::into_new_user(new).map_err(|error| broken_rule(&error))?;
        Ok(Self { new: NewUser { id, ..new }, names })
    }

    /// The members that it sets.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Makes the user with a password, and with the organizations of the domain of the address.
    ///
    /// # Errors
    /// 422 `user.*_already_in_use`.
    pub(crate) fn create(
        &self,
        work: &Work<'_>,
        password: PasswordDigest,
        case_sensitive: bool,
    ) -> Result<User, ApiError> {
        work.require_durable();
        let new = NewUser { password: Some(password), ..self.new.clone() };
        users::require_username_free(work, new.username.as_deref(), "", case_sensitive)?;
        let user = users::create(work, new)?;
        jit::join(work, &user.id, jit::Origin::Email(user.primary_email.as_deref()), &[])?;
        Ok(user)
    }
}
