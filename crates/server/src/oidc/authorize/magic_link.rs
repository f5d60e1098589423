//! A magic link that is opened in a browser where somebody is signed in (inventory O119). The application that sent the link expects
//! the person whom it was sent to, and a link that nobody followed brings more than the sign-in: organizations to join.

use db::DbError;
use flow::{Identifier, IdentifierType};
use oauth::authorize::AuthorizationRequest;
use oauth::authorize::first_screen::ExtraParams;

use crate::oidc::subject::Subject;
use crate::one_time_tokens;
use crate::work::View;

/// Whether the link must be followed although `subject` is signed in: it is somebody else's, or was not used up. A link that cannot
/// be followed any more says so on its page.
pub fn must_be_followed(view: &View<'_>, request: &AuthorizationRequest, subject: &Subject) -> Result<bool, DbError> {
    let extra = ExtraParams::from_request(request);
    let given = |name: &str| extra.get(name).filter(|value| !value.is_empty());
    let (Some(token), Some(email)) = (given("one_time_token"), given("login_hint")) else { return Ok(false) };
    let canonical = |email: &str| Identifier::new(IdentifierType::Email, email).canonical();
    let own = subject.facts.primary_email.as_deref().map(canonical);
    if own != Some(canonical(email)) {
        return Ok(true);
    }
    Ok(!one_time_tokens::find(view, token)?.is_some_and(|found| found.is_consumed_by(email)))
}
