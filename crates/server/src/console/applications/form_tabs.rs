//! How the pages of an application look, and how it proves itself and what its tokens are.

use axum::http::Method;
use serde_json::{Value, json};

use super::Applications;
use crate::console::fields::{FieldKind, FieldSpec};
use crate::console::form_tab::{self, FormTab};
use crate::console::pictures::LOGO_ADDRESSES;
use crate::console::settings::Section;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    form_tab::routes::<Branding>().merge(form_tab::routes::<Security>())
}

/// Colours, logos, texts and links of the pages of one application. What is empty is as the sign-in experience has it.
struct Branding;

impl FormTab for Branding {
    type Of = Applications;
    const TAB: &'static str = "branding";
    const API: Option<&'static str> = Some("sign-in-experience");
    const METHOD: Method = Method::PUT;
    const SECTIONS: &'static [Section] = &[
        Section { name: "name", fields: &[FieldSpec::new("displayName", FieldKind::Optional)] },
        Section { name: "logos", fields: LOGO_ADDRESSES },
        Section {
            name: "colors",
            fields: &[
                FieldSpec::new("color.primaryColor", FieldKind::TextIfAny),
                FieldSpec::new("color.darkPrimaryColor", FieldKind::TextIfAny),
                FieldSpec::new("color.isDarkModeEnabled", FieldKind::Choice(&["true", "false"])),
            ],
        },
        Section { name: "css", fields: &[FieldSpec::new("customCss", FieldKind::Area)] },
        Section {
            name: "links",
            fields: &[
                FieldSpec::new("termsOfUseUrl", FieldKind::Url),
                FieldSpec::new("privacyPolicyUrl", FieldKind::Url),
            ],
        },
    ];

    /// A choice is text in a form.
    fn to_api(mut body: Value) -> Value {
        if let Some(choice) = body.pointer_mut("/color/isDarkModeEnabled") {
            *choice = (*choice == "true").into();
        }
        body
    }
}

const METADATA: &str = "customClientMetadata";
const ALGORITHMS: &[&str] = &["ES256", "ES384", "RS256", "PS256", "EdDSA"];

/// Credentials, requests and tokens.
struct Security;

impl FormTab for Security {
    type Of = Applications;
    const TAB: &'static str = "security";
    const SECTIONS: &'static [Section] = &[
        Section {
            name: "credentials",
            fields: &[
                FieldSpec::new(
                    "customClientMetadata.tokenEndpointAuthMethod",
                    FieldKind::Choice(&[
                        "client_secret_jwt",
                        "private_key_jwt",
                        "tls_client_auth",
                        "self_signed_tls_client_auth",
                    ]),
                ),
                FieldSpec::new("customClientMetadata.jwksUri", FieldKind::Url),
                FieldSpec::new("customClientMetadata.jwks", FieldKind::Object),
                FieldSpec::new("customClientMetadata.tlsClientAuthSubject", FieldKind::Object),
            ],
        },
        Section {
            name: "requests",
            fields: &[
                FieldSpec::new("customClientMetadata.requirePushedAuthorizationRequests", FieldKind::Check),
                FieldSpec::new("customClientMetadata.requireSignedRequestObject", FieldKind::Check),
                FieldSpec::new("customClientMetadata.acrValuesEnabled", FieldKind::Check),
                FieldSpec::new("customClientMetadata.claimsParameterEnabled", FieldKind::Check),
                FieldSpec::new("customClientMetadata.securityProfile", FieldKind::Choice(&["fapi2"])),
            ],
        },
        Section {
            name: "tokens",
            fields: &[
                FieldSpec::new("customClientMetadata.accessTokenFormat", FieldKind::Choice(&["opaque", "jwt"])),
                FieldSpec::new("customClientMetadata.idTokenTtl", FieldKind::Number),
                FieldSpec::new("customClientMetadata.idTokenSignedResponseAlg", FieldKind::Choice(ALGORITHMS)),
                FieldSpec::new("customClientMetadata.userinfoSignedResponseAlg", FieldKind::Choice(ALGORITHMS)),
                FieldSpec::new("customClientMetadata.dpopBoundAccessTokens", FieldKind::Check),
                FieldSpec::new("customClientMetadata.dpopNonceRequired", FieldKind::Check),
                FieldSpec::new("customClientMetadata.tlsClientCertificateBoundAccessTokens", FieldKind::Check),
            ],
        },
    ];

    /// What is off or empty is absent: some of it must not even be there beside other settings.
    fn to_api(mut body: Value) -> Value {
        if let Some(Value::Object(metadata)) = body.get_mut(METADATA) {
            for spec in Self::SECTIONS.iter().flat_map(|section| section.fields) {
                let name = spec.path.rsplit('.').next().unwrap_or(spec.path);
                if metadata.get(name).is_some_and(|value| *value == json!(false) || *value == json!({})) {
                    metadata.shift_remove(name);
                }
            }
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_off_is_left_out_and_other_members_stay() {
        let body = json!({"customClientMetadata": {
            "dpopBoundAccessTokens": false, "jwks": {}, "rotateRefreshToken": false, "securityProfile": "fapi2",
        }});
        let sent = json!({"customClientMetadata": {"rotateRefreshToken": false, "securityProfile": "fapi2"}});
        assert_eq!(Security::to_api(body), sent);
    }

    #[test]
    fn dark_mode_is_on_off_or_as_everywhere() {
        let sent = |choice: &str| Branding::to_api(json!({"color": {"isDarkModeEnabled": choice}}));
        assert_eq!(sent("true"), json!({"color": {"isDarkModeEnabled": true}}));
        assert_eq!(sent("false"), json!({"color": {"isDarkModeEnabled": false}}));
        assert_eq!(Branding::to_api(json!({"color": {}})), json!({"color": {}}));
    }
}
