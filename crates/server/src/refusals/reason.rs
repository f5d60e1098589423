//! Which explanation fits a refusal. Each has the phrases `refusals.{reason}.cause` and `.advice`.

use super::store::RefusalRow;

/// An error code, or the beginning of some where it ends with a dot; what its detail, description or path contains; the explanation.
/// The first that fits counts.
const RULES: &[(&str, &str, &str)] = &[
    ("oidc.invalid_redirect_uri", "did not match", "redirect_uri"),
    ("oidc.invalid_redirect_uri", "", "client_metadata"),
    ("oidc.invalid_client_metadata", "", "client_metadata"),
    ("oidc.invalid_client", "invalid client", "unknown_client"),
    ("oidc.invalid_client", "invalid secret", "client_secret"),
    ("oidc.invalid_client", "", "client_authentication"),
    ("oidc.invalid_grant", "code already consumed", "code_used"),
    ("oidc.invalid_grant", "authorization code is expired", "code_expired"),
    ("oidc.invalid_grant", "authorization code not found", "code_unknown"),
    ("oidc.invalid_grant", "redirect_uri", "code_redirect_uri"),
    ("oidc.invalid_grant", "device code", "device_code"),
    ("oidc.invalid_grant", "client mismatch", "other_client"),
    ("oidc.invalid_grant", "code_verifier", "pkce"),
    ("oidc.invalid_grant", "code_challenge", "pkce"),
    ("oidc.invalid_grant", "refresh token already used", "refresh_used"),
    ("oidc.invalid_grant", "refresh token is expired", "refresh_expired"),
    ("oidc.invalid_grant", "refresh token not found", "refresh_unknown"),
    ("oidc.invalid_grant", "session has ended", "session_ended"),
    ("oidc.invalid_grant", "the sign-in is over", "session_ended"),
    ("oidc.invalid_grant", "grant not found", "session_ended"),
    ("oidc.invalid_grant", "user not found or suspended", "user_gone"),
    ("oidc.invalid_grant", "bound to a key", "key_binding"),
    ("oidc.invalid_grant", "subject token", "subject_token"),
    ("oidc.invalid_grant", "actor", "subject_token"),
    ("oidc.invalid_grant", "", "grant"),
    ("oidc.expired_token", "", "device_code"),
    ("oidc.invalid_target", "", "resource"),
    ("oidc.invalid_scope", "", "scope"),
    ("oidc.insufficient_scope", "", "token_scope"),
    ("oidc.invalid_token", "no access token", "token_missing"),
    ("oidc.invalid_token", "", "token_invalid"),
    ("oidc.access_denied", "", "access_denied"),
    ("oidc.consent_required", "", "interaction_required"),
    ("oidc.interaction_required", "", "interaction_required"),
    ("oidc.unmet_", "", "second_factor"),
    ("oidc.unsupported_grant_type", "", "grant_type"),
    ("oidc.unsupported_response_", "", "response_type"),
    ("oidc.invalid_dpop_proof", "", "dpop"),
    ("oidc.invalid_request_uri", "", "request_uri"),
    ("oidc.invalid_request_object", "", "request_uri"),
    ("oidc.request_", "", "request_uri"),
    ("oidc.invalid_request", "grant type is not allowed", "grant_type"),
    ("oidc.invalid_request", "post_logout_redirect_uri", "post_logout"),
    ("oidc.invalid_request", "code_challenge", "pkce_missing"),
    ("oidc.invalid_request", "PKCE", "pkce_missing"),
    ("oidc.invalid_request", "origin", "origin"),
    ("oidc.invalid_request", "must push", "request_uri"),
    ("oidc.invalid_request", "must sign", "request_uri"),
    ("oidc.session_not_found", "", "session"),
    ("oidc.temporarily_unavailable", "changed itself", "rate_limited"),
    ("oidc.temporarily_unavailable", "", "busy"),
    ("oidc.server_error", "", "internal"),
    ("oidc.", "", "request"),
    ("session.csrf_token_mismatch", "", "csrf"),
    ("session.cross_site_request", "", "csrf"),
    ("session.invalid_credentials", "", "credentials"),
    ("session.captcha_", "", "captcha"),
    ("session.verification_blocked_", "", "blocked"),
    ("session.mfa.", "", "second_factor"),
    ("session.not_supported_", "", "mode_closed"),
    ("session.sso_enabled", "", "mode_closed"),
    ("session.email_blocklist.", "", "mode_closed"),
    ("session.identifier_not_found", "", "no_account"),
    ("session.identity_conflict", "", "taken"),
    ("session.", "", "session"),
    ("verification_code.", "", "code_wrong"),
    ("user.suspended", "", "suspended"),
    ("user.sign_in_method_not_enabled", "", "mode_closed"),
    ("user.missing_mfa", "", "second_factor"),
    ("user.user_not_exist", "", "no_account"),
    ("user.identity_not_exist", "", "no_account"),
    ("user.", "in_use", "taken"),
    ("password.", "", "password"),
    ("account_center.", "", "account_center"),
    ("auth.authorization_", "", "token_missing"),
    ("auth.unauthorized", "JWTExpired", "token_expired"),
    ("auth.unauthorized", "", "token_invalid"),
    ("auth.jwt_sub_missing", "", "token_invalid"),
    ("auth.forbidden", "neededScope", "management_scope"),
    ("auth.forbidden", "/console", "console_role"),
    ("auth.forbidden", "", "mode_closed"),
    ("request.rate_limited", "", "rate_limited"),
    ("request.message_rate_limited", "", "rate_limited"),
    ("connector.rate_limit_exceeded", "", "rate_limited"),
    ("connector.", "", "connector"),
    ("guard.file_size_exceeded", "", "too_large"),
    ("guard.", "", "input"),
    ("request.invalid_input", "", "input"),
    ("entity.not_", "", "not_found"),
    ("entity.unique_integrity_violation", "", "taken"),
    ("role.name_in_use", "", "taken"),
    ("resource.resource_identifier_in_use", "", "taken"),
];

/// For codes without a rule: by status.
const BY_STATUS: &[(i64, &str)] = &[
    (401, "token_invalid"),
    (404, "not_found"),
    (405, "method"),
    (413, "too_large"),
    (429, "rate_limited"),
    (500, "internal"),
    (503, "busy"),
];

/// The explanation of a refusal.
pub(super) fn of(row: &RefusalRow) -> &'static str {
    let by_status = || BY_STATUS.iter().find(|(status, _)| *status == row.status).map(|(_, reason)| *reason);
    if row.status == 429 || row.status == 503 {
        return by_status().unwrap_or_default();
    }
    // What operators alone are told says more than what everybody is. Parameters are no reason.
    let said = row.detail.as_deref().unwrap_or(&row.description);
    let texts = match row.code.starts_with("oidc.") {
        true => vec![said],
        false => vec![said, &row.path, &row.code, &row.facts],
    };
    let fits = |(code, part, _): &&(&str, &str, &str)| {
        let is_code = row.code == *code || code.ends_with(['.', '_']) && row.code.starts_with(code);
        is_code && texts.iter().any(|text| text.contains(part))
    };
    let rule = RULES.iter().find(fits).map(|(.., reason)| *reason);
    rule.or_else(by_status).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use kernel::{Locale, Timestamp};

    use super::*;

    fn row(code: &str, detail: &str) -> RefusalRow {
        RefusalRow {
            tenant_id: "default".into(),
            request_id: "x".into(),
            method: "GET".into(),
            path: "/oidc/token".into(),
            status: 400,
            code: code.into(),
            description: "grant request is invalid".into(),
            detail: Some(detail.to_owned()),
            client_id: None,
            user_id: None,
            facts: "{}".into(),
            created_at: Timestamp(0),
        }
    }

    #[test]
    fn every_explanation_has_its_phrases() {
        let reasons = RULES.iter().map(|(.., reason)| *reason).chain(BY_STATUS.iter().map(|(_, reason)| *reason));
        for reason in reasons.chain(["other"]) {
            for part in ["cause", "advice"] {
                let key = format!("refusals.{reason}.{part}");
                assert!(views::key_exists(&key), "{key}");
                let [english, chinese] = [Locale::En, Locale::ZhCn].map(|locale| views::translate(locale, &key, &[]));
                assert_ne!(english, chinese, "{key}");
            }
        }
    }

    #[test]
    fn the_detail_decides() {
        for (code, detail, reason) in [
            ("oidc.invalid_grant", "authorization code already consumed", "code_used"),
            ("oidc.invalid_grant", "code_verifier does not match code_challenge", "pkce"),
            ("oidc.invalid_grant", "something new", "grant"),
            ("oidc.invalid_client", "invalid secret provided", "client_secret"),
            ("oidc.unsupported_response_mode", "", "response_type"),
            ("session.mfa.invalid_totp_code", "", "second_factor"),
            ("session.interaction_not_found", "", "session"),
            ("organization.require_membership", "", "other"),
        ] {
            assert_eq!(of(&row(code, detail)), reason, "{code}: {detail}");
        }
        assert_eq!(of(&RefusalRow { status: 429, ..row("session.not_found", "") }), "rate_limited");
        assert_eq!(of(&RefusalRow { status: 404, ..row("", "") }), "not_found");
    }
}
