//! Client authentication: the `Authorization` header and the form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Secret, Timestamp};
use oauth::client::authentication::{ApplicationSecret, Credentials, authenticate, credentials};
use url::form_urlencoded::byte_serialize;

use crate::{head_and_rest, parameters, registered};

/// First line: the client's letters and, after a space, the header (`-` stands for none). Rest: the form.
///
/// Attack classes: G5, G2.
pub fn client_authentication(data: &[u8]) {
    let (head, form) = head_and_rest(data);
    let (letters, header) = head.split_once(' ').unwrap_or((&head, "-"));
    let Some(params) = parameters::parse(&form) else { return };
    let header = (header != "-").then_some(header);
    let found = match credentials(header, &params) {
        Ok(found) => found,
        Err(error) => return assert_eq!((error.error, error.status), ("invalid_request", 400)),
    };
    match &found {
        Credentials::Basic { client_id, secret } => {
            assert!(header.is_some() && params.get("client_secret").is_none());
            let visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
            assert!(visible(client_id) && visible(secret.expose()));
            let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let printed =
                format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(client_id), encode(secret.expose()))));
            // Percent-encoding may make a value longer than the limit.
            if printed.len() < 4096 {
                assert_eq!(credentials(Some(&printed), &params).as_ref(), Ok(&found), "{printed}");
            }
        }
        Credentials::Post { client_id, secret } => {
            assert!(header.is_none() && params.get("client_secret") == Some(secret.expose().as_str()));
            assert_eq!(params.get("client_id"), Some(client_id.as_str()));
        }
        Credentials::Assertion { client_id, assertion } => {
            assert!(header.is_none() && params.get("client_secret").is_none());
            assert_eq!(params.get("client_assertion"), Some(assertion.expose().as_str()));
            assert!(params.get("client_id").is_none_or(|named| named == client_id));
        }
        Credentials::None { client_id } => {
            assert!(header.is_none() && params.get("client_secret").is_none());
            assert_eq!(params.get("client_id"), Some(client_id.as_str()));
        }
    }
    opens(letters, &found);
}

/// Authentication succeeds only with an unexpired secret of a confidential client, or for a public client without a secret.
fn opens(letters: &str, found: &Credentials) {
    let secret = |name: &str, value: &str, expires_at: Option<i64>| ApplicationSecret {
        name: name.into(),
        value: Secret::new(value.into()),
        expires_at: expires_at.map(Timestamp),
    };
    let secrets =
        [secret("first", "s3cret", None), secret("second", "later", Some(2_000)), secret("old", "gone", Some(1))];
    let client = registered::client(letters);
    let given = match found {
        Credentials::Basic { secret, .. } | Credentials::Post { secret, .. } => Some(secret.expose().as_str()),
        Credentials::Assertion { .. } | Credentials::None { .. } => None,
    };
    let result = authenticate(&client, found, &secrets, Timestamp(1_000));
    let expected = match (given, client.is_public()) {
        (None, true) if matches!(found, Credentials::None { .. }) => Some(None),
        (Some("s3cret"), false) => Some(Some("first")),
        (Some("later"), false) => Some(Some("second")),
        _ => None,
    };
    assert_eq!(result.ok(), expected, "{found:?}");
}
