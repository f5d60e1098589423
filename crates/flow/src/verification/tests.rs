use kernel::ids::UserId;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::identifier::{Identifier, IdentifierType};
use crate::lookups::User;

#[expect(clippy::disallowed_methods, reason = "these tests stand for the server")]
fn counted<T>(outcome: T) -> Counted<T> {
    Counted::before_comparison(outcome)
}

fn email() -> Identifier {
    Identifier::new(IdentifierType::Email, "alice@example.com")
}

fn proven<Q, C>(result: Result<Verified<C>, Pending<Q>>) -> Verification<Q, C> {
    result.map_or_else(Verification::from, Verification::from)
}

/// A record of the kind with this number, whose answer was right or wrong, of a bound or a new factor.
fn record(kind: usize, is_right: bool, is_new: bool) -> VerificationRecord {
    let (id, user_id) = ("v1", UserId::from("alice"));
    let info = json!({"id": "a1", "name": "Alice"});
    let code = || Pending::new(id, Code { template_type: "SignIn".into(), identifier: email() });
    let mfa_code = || {
        let user_id = Some(UserId::from("alice"));
        Pending::new(id, MfaCode { template_type: "MfaVerification".into(), identifier: email(), user_id })
    };
    match kind {
        0 => {
            let user = User { id: user_id, ..User::default() };
            let pending = Pending::new(id, Password { identifier: email() });
            let owner = counted(is_right.then_some(&user));
            let proof = pending.clone().prove(owner, &Default::default(), kernel::Timestamp(1));
            VerificationRecord::Password(proof.map_or_else(|_| pending.into(), Verification::from))
        }
        1 => VerificationRecord::EmailVerificationCode(proven(code().prove(counted(is_right)))),
        2 => VerificationRecord::PhoneVerificationCode(proven(code().prove(counted(is_right)))),
        3 => VerificationRecord::MfaEmailVerificationCode(proven(mfa_code().prove(counted(is_right)))),
        4 => VerificationRecord::MfaPhoneVerificationCode(proven(mfa_code().prove(counted(is_right)))),
        5 => {
            let pending =
                Pending::new(id, Social { connector_id: "c".into(), connector_session: Some(json!({"secret": "s"})) });
            let account = SocialAccount {
                connector_id: "c".into(),
                target: "google".into(),
                sync_profile: false,
                social_user_info: info.as_object().cloned().unwrap_or_default(),
                encrypted_token_set: Some(json!({"secret": "s"})),
            };
            VerificationRecord::Social(match is_right {
                true => proven(pending.clone().prove(account).map_err(|_| pending)),
                false => pending.into(),
            })
        }
        6 => {
            let pending = Pending::new(id, EnterpriseSso { connector_id: "c".into(), connector_session: None });
            let account = EnterpriseAccount {
                connector_id: "c".into(),
                registration: "r".into(),
                issuer: "https://idp.example".into(),
                sync_profile: false,
                enterprise_sso_user_info: info.as_object().cloned().unwrap_or_default(),
                encrypted_token_set: Some(json!({"secret": "s"})),
            };
            VerificationRecord::EnterpriseSso(match is_right {
                true => proven(pending.clone().prove(account).map_err(|_| pending)),
                false => pending.into(),
            })
        }
        7 => {
            let secret = is_new.then(|| "secret".to_owned());
            VerificationRecord::Totp(proven(Pending::new(id, Totp { user_id, secret }).prove(counted(is_right))))
        }
        8 => {
            let pending = Pending::new(
                id,
                WebAuthn {
                    user_id,
                    registration_challenge: is_new.then(|| "secret".to_owned()),
                    registration_rp_id: None,
                    registration_info: None,
                    authentication_challenge: Some("secret".into()),
                },
            );
            VerificationRecord::WebAuthn(match is_new && is_right {
                true => proven(pending.register(json!({"a": 1}))),
                false => proven(pending.prove(counted(is_right))),
            })
        }
        9 => {
            let question = SignInPasskey {
                user_id: is_new.then(|| user_id.clone()),
                authentication_challenge: Some("secret".into()),
                authentication_rp_id: Some("example.com".into()),
            };
            let owner = is_right.then_some(user_id);
            VerificationRecord::SignInPasskey(proven(Pending::new(id, question).prove(owner)))
        }
        10 => {
            let question = BackupCodes { user_id, backup_codes: is_new.then(|| "secret".to_owned()) };
            let code = counted(is_right.then(|| "secret".to_owned()));
            VerificationRecord::BackupCode(proven(Pending::new(id, question).prove(code)))
        }
        11 => {
            let question = OneTimeToken { identifier: email(), one_time_token_context: None };
            let context = counted(is_right.then(|| json!({"jitOrganizationIds": ["o"]})));
            VerificationRecord::OneTimeToken(proven(Pending::new(id, question).prove(context)))
        }
        _ => VerificationRecord::NewPasswordIdentity(NewPasswordIdentity {
            id: id.into(),
            identifier: Identifier::new(IdentifierType::Username, "alice"),
            digest: PasswordDigest {
                password_encrypted: "secret".into(),
                password_encryption_method: "Argon2id".into(),
            },
        }),
    }
}

/// The kinds by the numbers of [`record`].
const KINDS: [&str; 13] = [
    "Password",
    "EmailVerificationCode",
    "PhoneVerificationCode",
    "MfaEmailVerificationCode",
    "MfaPhoneVerificationCode",
    "Social",
    "EnterpriseSso",
    "Totp",
    "WebAuthn",
    "SignInPasskey",
    "BackupCode",
    "OneTimeToken",
    "NewPasswordIdentity",
];

proptest! {
    #[test]
    fn a_record_proves_what_was_answered_and_reads_back(kind in 0..13_usize, is_right: bool, is_new: bool) {
        let record = record(kind, is_right, is_new);
        let identifies = is_right && matches!(kind, 0..=2 | 5 | 6 | 9 | 11);
        prop_assert_eq!(record.identity_proof().is_some(), identifies);
        // New backup codes are shown; nobody is asked for one.
        let is_factor = is_right && matches!(kind, 3 | 4 | 7 | 8) || kind == 10 && is_right && !is_new;
        prop_assert_eq!(record.second_factor_proof().is_some(), is_factor);
        let bound = is_factor && !(is_new && matches!(kind, 7 | 8));
        let owner = record.second_factor_proof().and_then(|proof| proof.bound_factor_of());
        prop_assert_eq!(owner.map(UserId::as_str), bound.then_some("alice"), "a factor that is being bound proves nothing yet");

        let stored = serde_json::to_value(&record).unwrap();
        prop_assert_eq!(&stored["type"], KINDS[kind]);
        prop_assert_eq!(&stored["id"], "v1");
        prop_assert_eq!(&serde_json::from_value::<VerificationRecord>(stored.clone()).unwrap(), &record);
        let shown = record.view().to_string();
        prop_assert!(!shown.contains("secret"), "{}", shown);
        let flag = stored.get("verified").cloned();
        if matches!(kind, 5 | 6 | 10 | 12) {
            prop_assert_eq!(flag, None);
        } else {
            prop_assert_eq!(flag, Some(Value::Bool(is_right)));
        }
    }
}

#[test]
fn the_stored_members_are_those_of_the_contract() {
    let identifier = json!({"type": "email", "value": "alice@example.com"});
    let expected = [
        (0, json!({"identifier": identifier, "verified": true, "userId": "alice"})),
        (1, json!({"templateType": "SignIn", "identifier": identifier, "verified": true})),
        (
            3,
            json!({
                "templateType": "MfaVerification", "identifier": identifier, "verified": true, "userId": "alice"
            }),
        ),
        (
            5,
            json!({
                "connectorId": "c", "target": "google", "socialUserInfo": {"id": "a1", "name": "Alice"},
                "encryptedTokenSet": {"secret": "s"}
            }),
        ),
        (
            6,
            json!({
                "connectorId": "c", "issuer": "https://idp.example",
                "enterpriseSsoUserInfo": {"id": "a1", "name": "Alice"}, "encryptedTokenSet": {"secret": "s"},
                "registration": "r"
            }),
        ),
        (7, json!({"userId": "alice", "verified": true})),
        (8, json!({"userId": "alice", "verified": true, "authenticationChallenge": "secret"})),
        (9, json!({"userId": "alice", "verified": true, "authenticationRpId": "example.com"})),
        (10, json!({"userId": "alice", "code": "secret"})),
        (
            11,
            json!({
                "identifier": identifier, "verified": true, "oneTimeTokenContext": {"jitOrganizationIds": ["o"]}
            }),
        ),
        (
            12,
            json!({
                "identifier": {"type": "username", "value": "alice"}, "passwordEncrypted": "secret",
                "passwordEncryptionMethod": "Argon2id"
            }),
        ),
    ];
    for (kind, mut members) in expected {
        members["id"] = json!("v1");
        members["type"] = json!(KINDS[kind]);
        assert_eq!(serde_json::to_value(record(kind, true, false)).unwrap(), members, "{}", KINDS[kind]);
    }
}

#[test]
fn a_passkey_of_another_user_than_the_one_asked_for_proves_nothing() {
    let question = SignInPasskey {
        user_id: Some("alice".into()),
        authentication_challenge: Some("c".into()),
        authentication_rp_id: None,
    };
    let pending = Pending::new("v1", question);
    assert_eq!(pending.clone().prove(Some("bob".into())), Err(pending.clone()));
    assert_eq!(pending.prove(Some("alice".into())).unwrap().claim().user_id, "alice");
}
