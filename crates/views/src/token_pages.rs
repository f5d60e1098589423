//! The context of the page of magic links.

use serde::Serialize;

use crate::Template;
use crate::pages::Terms;

/// Asks whoever followed a magic link to go on. Opening the page uses nothing up: programs that look at mail open links too.
#[derive(Debug, Clone, Serialize)]
pub struct OneTimeTokenPage {
    pub application: Option<String>,
    pub xsrf: String,
    /// The address that the link was made for; none when the link does not hold.
    pub email: Option<String>,
    pub error: Option<String>,
    pub terms: Terms,
    /// Where to sign in otherwise.
    pub sign_in: String,
}

impl Template for OneTimeTokenPage {
    const TEMPLATE: &'static str = "one_time_token.html";
    const ASKS_CAPTCHA: bool = true;

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
}
