//! The registered client of the targets; the letters of an input's first line select its properties.

use oauth::client::{ApplicationType, Client, CustomClientMetadata, OidcClientMetadata};

pub const ID: &str = "app";
pub const URI: &str = "https://app.example.com/callback";
pub const SECOND_URI: &str = "https://*.example.com/cb";
pub const RESOURCE: &str = "https://items.example.com";

/// `n` native, `s` single-page, `m` machine, else traditional; `3` third party; `2` with a second redirect URI; `a` always
/// with a refresh token; `q` asks for `acr` and single claims.
pub fn client(letters: &str) -> Client {
    let has = |letter: char| letters.contains(letter);
    let application_type = match () {
        () if has('n') => ApplicationType::Native,
        () if has('s') => ApplicationType::Spa,
        () if has('m') => ApplicationType::MachineToMachine,
        () => ApplicationType::Traditional,
    };
    let mut redirect_uris = vec![URI.to_owned()];
    redirect_uris.extend(has('2').then(|| SECOND_URI.to_owned()));
    Client {
        id: ID.into(),
        name: "App".to_owned(),
        application_type,
        is_third_party: has('3'),
        oidc: OidcClientMetadata { redirect_uris, ..OidcClientMetadata::default() },
        custom: CustomClientMetadata {
            always_issue_refresh_token: Some(has('a')),
            acr_values_enabled: Some(has('q')),
            claims_parameter_enabled: Some(has('q')),
            ..CustomClientMetadata::default()
        },
    }
}
