//! The setup code of an installation without administrators. Who knows it makes the first one; the server's log tells it. It is
//! derived from a secret of the tenant `admin`, so that all processes of an installation have the same one and none is stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::BASE32_NOPAD;
use flow::experience::SignInMode;
use kernel::id;

use crate::App;
use crate::Tenant;
use crate::callers::RequestFacts;
use crate::callers::console::ADMIN;
use crate::errors::ApiError;
use crate::oidc::cookies::{self, CookieAttributes};
use crate::pages::PageRequest;
use crate::tenants::TenantSnapshot;
use crate::users;
use crate::work::Actor;

/// The signed cookie of a browser whose person entered the code.
const COOKIE: &str = "_setup";
/// How long it counts, in seconds.
const ENTERED_SECONDS: i64 = 60 * 60;
/// 100 bits: nobody guesses them.
const LETTERS: usize = 20;

/// The codes that count, newest first.
fn codes(keys: &[String]) -> impl Iterator<Item = String> + '_ {
    let code = |key: &String| {
        let signature = cookies::sign_newest(std::slice::from_ref(key), "setup_code", "1");
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        BASE32_NOPAD.encode(&bytes).chars().take(LETTERS).collect()
    };
    keys.iter().map(code)
}

/// The setup code as people read it: four groups of five.
///
/// # Errors
/// A failure of the database.
pub async fn code(app: &App) -> Result<String, ApiError> {
    let config = app.tenants.get(ADMIN, app).await?;
    let code = codes(&config.keys.cookie_keys).next().unwrap_or_default();
    let letters: Vec<char> = code.chars().collect();
    Ok(letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

/// Whether an installation has no administrator yet: nobody is there, and registration is not closed, as the first one closes it for
/// ever.
///
/// # Errors
/// A failure of the database.
pub(super) async fn is_open(tenant: &Tenant, config: &TenantSnapshot) -> Result<bool, ApiError> {
    if config.policy.experience.sign_in_mode != SignInMode::Register {
        return Ok(false);
    }
    let has_any = tenant.read_inline(&Actor::Server, users::store::has_any_user).await?;
    Ok(!has_any)
}

/// Whether what was typed is the code. Case, spaces and hyphens do not count.
pub(super) fn is_code(keys: &[String], typed: &str) -> bool {
    let typed: String = typed.chars().filter(char::is_ascii_alphanumeric).take(2 * LETTERS).collect();
    let typed = typed.to_ascii_uppercase();
    codes(keys).any(|code| id::constant_time_eq(&code, &typed))
}

/// The cookie that says so.
pub(super) fn remember(request: &PageRequest, cookies: &mut cookies::SetCookies) {
    let expires = request.now.plus_seconds(ENTERED_SECONDS);
    let attributes = CookieAttributes { path: "/", expires: Some(expires), http_only: true };
    cookies.set(COOKIE, &expires.seconds().to_string(), &attributes);
}

/// Whether the person behind a request entered the code lately.
pub(crate) fn was_entered(request: &RequestFacts) -> bool {
    let value = cookies::read(&request.headers, &request.config.keys.cookie_keys, COOKIE);
    let expires = value.and_then(|value| value.parse::<i64>().ok());
    expires.is_some_and(|expires| request.now.seconds() < expires)
}

/// Tells the code in the log, while it is of use.
///
/// # Errors
/// A failure of the database.
pub async fn announce(app: &App) -> Result<(), ApiError> {
    let tenant = Tenant::new(ADMIN, app);
    if is_open(&tenant, &*tenant.config().await?).await? {
        let setup_code = code(app).await?;
        let address = format!("{}/console", app.settings.admin_endpoint);
        tracing::warn!(setup_code, address, "there is no administrator yet: open the address and enter the setup code");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_read_as_people_type_it_and_no_other_key_has_it() {
        let keys = ["one".to_owned(), "two".to_owned()];
        let code = codes(&keys).next().unwrap();
        assert_eq!(code.len(), LETTERS);
        assert!(is_code(&keys, &code.to_lowercase()));
        assert!(is_code(&keys, &format!(" {}-{} ", &code[..5], &code[5..])));
        assert!(!is_code(&keys[1..], &code));
        assert!(!is_code(&keys, "") && !is_code(&keys, &code[1..]) && !is_code(&[], &code));
    }
}
