//! What a provider says of a person, social or of an enterprise: `{id, email?, phone?, name?, avatar?, rawData}`.

use serde_json::{Map, Value};

use crate::identifier::is_email;
use crate::profile_field::{LONGEST_NAME, is_web_url};
use crate::state::Profile;
use crate::unicode;

/// The members of an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProviderUser<'a>(pub &'a Map<String, Value>);

impl<'a> ProviderUser<'a> {
    /// A text that is not empty.
    pub fn text(self, member: &str) -> Option<&'a str> {
        self.0.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The account's id at the provider; never empty in a proof (attack D4).
    pub fn id(self) -> &'a str {
        self.text("id").unwrap_or_default()
    }

    /// The address, as it is stored.
    pub fn email(self) -> Option<String> {
        Some(unicode::normalize_identifier(self.text("email")?)).filter(|email| is_email(email))
    }

    /// Name and avatar.
    pub fn looks(self) -> Profile {
        let is_name = |name: &&str| name.chars().count() <= LONGEST_NAME && !kernel::text::has_bidi_control(name);
        Profile {
            name: self.text("name").filter(is_name).map(str::to_owned),
            avatar: self.text("avatar").filter(|url| is_web_url(url)).map(str::to_owned),
            ..Profile::default()
        }
    }
}
