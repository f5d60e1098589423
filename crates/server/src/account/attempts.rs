//! Answers that are given at the account API: they count as in a sign-in ([`crate::interaction::attempt`]).

use flow::FlowError;
use serde_json::json;

use crate::ApiError;
use crate::callers::AccountUnit;
use crate::events::{EventBody, EventKind};
use crate::interaction::StepError;
use crate::interaction::address_limit::{self, AddressLimit};
use crate::interaction::attempt::AttemptPlace;
use crate::interaction::attempt_limit::LimitKey;
use crate::users::store::User;
use crate::work::Work;

/// How often webhooks are told of attempts at a locked account.
const UNHEARD: AddressLimit = AddressLimit { action: "OwnPasswordLocked", most: 10, window_seconds: 3600 };

impl AttemptPlace for AccountUnit {
    /// The account, locked.
    type Context = User;
    type Begun = ();

    async fn transaction<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        F: Fn(&Work<'_>, &User) -> Result<T, StepError> + Clone + Send + Sync + 'static,
        T: Send + 'static,
    {
        self.write(move |unit, user| work(unit, &user)).await.map_err(|error: StepError| error.into())
    }

    fn begin(&self, _: &Work<'_>, _: &User) -> Result<(), StepError> {
        Ok(())
    }

    /// The log of the contract has no entries for the account API.
    fn note_refusal(&self, _: &Work<'_>, _: &User, _: &(), _: &FlowError) -> Result<(), StepError> {
        Ok(())
    }

    fn note_unheard(&self, work: &Work<'_>, user: &User, _: &(), _: &FlowError) -> Result<bool, StepError> {
        Ok(address_limit::count_text(work, &UNHEARD, &user.id)?)
    }

    fn emit_lockout(&self, work: &Work<'_>, user: &User, _: &(), key: &LimitKey) -> Result<(), StepError> {
        let body = || {
            let body = EventBody::default();
            match &key.identifier {
                Some(typed) => body.with("type", json!(typed.kind)).with("value", typed.value.clone()),
                None => body.with("userId", json!(user.id)),
            }
        };
        Ok(work.emit(EventKind::IdentifierLockout, body)?)
    }
}
