//! The keys of the audit log (inventory H020–H033): which of the contract's are raised, and by which test; which are not, and why.
//!
//! `raised.tsv` is collected, not written: run all tests with `LOGGIA_AUDIT_KEYS=file`, then
//! `LC_ALL=C sort file | sort -u -k1,1 | grep -v '^Administration' > raised.tsv`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const CONTRACT: &str = include_str!("../../../../../docs/contract/audit-log-keys.json");
const RAISED: &str = include_str!("raised.tsv");

const NOT_BUILT: &str = "what raises it is not built yet";
const NO_REQUEST: &str = "no request of the API does this";
const LEGACY: &str = "the interaction API before the Experience API (H027), which is not built";
const DELIVERED_ALIKE: &str = "one function raises it for every event; hooks/recent.rs shows it for some";
/// Steps that the API takes and mostly refuses: each would leave an entry, and no test takes it.
const UNTESTED: &str = "no test takes this step in this kind of sign-in";

/// Keys that no test raises, as patterns (`*` stands for one part, `|` separates several), each with its reason.
const NOT_RAISED: &[(&str, &str)] = &[
    ("SamlApplication.*", NOT_BUILT),
    ("TriggerHook.*", DELIVERED_ALIKE),
    ("TriggerHook.*.*.*", DELIVERED_ALIKE),
    ("TriggerHook.*.*", DELIVERED_ALIKE),
    ("Interaction.SignIn.Verification.IdpInitiatedSso.Create", NOT_BUILT),
    ("Unknown", NO_REQUEST),
    ("Interaction.*.Verification.*.Update|Delete|End", NO_REQUEST),
    ("Interaction.*.Verification.Password|NewPasswordIdentity|OneTimeToken.Create", NO_REQUEST),
    ("Interaction.*.Identifier.*.Create|Submit", LEGACY),
    ("Interaction.SignIn.Mfa.*.Create|Submit", LEGACY),
    ("Interaction.*.Profile.Create|Delete", LEGACY),
    ("Interaction.*.BindMfa.*.Create", LEGACY),
    ("Interaction.*.BindMfa.EmailVerificationCode|PhoneVerificationCode.Submit", UNTESTED),
    ("Interaction.ForgotPassword.BindMfa.BackupCode|Totp|WebAuthn.Submit", UNTESTED),
    ("Interaction.Register.BindMfa.BackupCode|WebAuthn.Submit", UNTESTED),
    (
        "Interaction.ForgotPassword.Verification.BackupCode|EnterpriseSso|SignInPasskey|Social|Totp|WebAuthn.Create|Submit",
        UNTESTED,
    ),
    (
        "Interaction.ForgotPassword|Register.Verification.MfaEmailVerificationCode|MfaPhoneVerificationCode.Create|Submit",
        UNTESTED,
    ),
    ("Interaction.ForgotPassword.Verification.NewPasswordIdentity|Password|PhoneVerificationCode.Submit", UNTESTED),
    ("Interaction.Register.Verification.BackupCode|SignInPasskey.Create|Submit", UNTESTED),
    ("Interaction.Register.Verification.Password.Submit", UNTESTED),
];

fn contract() -> BTreeSet<String> {
    let keys: Value = serde_json::from_str(CONTRACT).unwrap();
    keys.as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect()
}

/// Test by key.
fn raised() -> BTreeMap<&'static str, &'static str> {
    RAISED.lines().map(|line| line.split_once('\t').unwrap()).collect()
}

fn fits(pattern: &str, key: &str) -> bool {
    let (pattern, key): (Vec<_>, Vec<_>) = (pattern.split('.').collect(), key.split('.').collect());
    pattern.len() == key.len() && pattern.iter().zip(key).all(|(a, b)| *a == "*" || a.split('|').any(|a| a == b))
}

#[test]
fn every_key_of_the_contract_is_raised_by_a_test_or_has_a_reason() {
    let (contract, raised) = (contract(), raised());
    let mut wrong = Vec::new();
    for key in &contract {
        let reasons = NOT_RAISED.iter().filter(|(pattern, _)| fits(pattern, key)).count();
        match (raised.contains_key(key.as_str()), reasons) {
            (true, 0) | (false, 1) => {}
            (true, _) => wrong.push(format!("{key} is raised, and is said not to be")),
            (false, 0) => wrong.push(format!("{key} is not raised, and nothing says why")),
            (false, _) => wrong.push(format!("{key} has several reasons")),
        }
    }
    for (pattern, _) in NOT_RAISED.iter().filter(|(pattern, _)| !contract.iter().any(|key| fits(pattern, key))) {
        wrong.push(format!("{pattern} is about no key"));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Keys of our own, which docs/management-api.md names.
#[test]
fn keys_that_the_contract_does_not_know_are_few() {
    let contract = contract();
    let own: Vec<_> = raised().into_keys().filter(|key| !contract.contains(*key)).collect();
    assert_eq!(own, OWN);
}

const OWN: [&str; 3] = ["ClientRegistration.Create", "ClientRegistration.Delete", "ClientRegistration.Update"];

#[test]
fn the_tests_that_raise_keys_exist() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for (key, test) in raised() {
        let mut parts: Vec<&str> = test.split("::").collect();
        let name = parts.pop().unwrap();
        let file = folder.join(parts.join("/"));
        let sources = [file.with_extension("rs"), file.join("mod.rs")];
        let text: String = sources.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
        assert!(text.contains(&format!("fn {name}(")), "{key}: there is no test {test}");
    }
}
