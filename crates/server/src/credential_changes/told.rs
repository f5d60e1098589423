//! What a person is told of.

use serde::{Deserialize, Serialize};

use crate::users::custom_data::configs_response;
use crate::users::store::User;

/// A change of what an account is reached or protected by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change", content = "name")]
pub(crate) enum CredentialChange {
    PasswordSet,
    PasswordChanged,
    PasswordRemoved,
    EmailSet,
    EmailChanged,
    EmailRemoved,
    PhoneSet,
    PhoneChanged,
    PhoneRemoved,
    UsernameSet,
    UsernameChanged,
    UsernameRemoved,
    AppAdded,
    AppReplaced,
    AppRemoved,
    // Without its name, which whoever took the account over chose.
    PasskeyAdded,
    PasskeyRemoved,
    BackupCodesMade,
    BackupCodesRemoved,
    /// Sign-ins ask for no second factor any more, because the person wants it so.
    SecondFactorSkipped,
    /// An account elsewhere, by the target of its provider or the name of the enterprise.
    SocialLinked(String),
    SocialRemoved(String),
    /// Sessions and grants of all other browsers and applications ended.
    SignedOutEverywhere,
    /// ISO 8601: when it will be done.
    DeletionPlanned(String),
    DeletionCancelled,
    AccountDeleted,
}

impl CredentialChange {
    /// The last part of the keys of its phrases, and the name that the phrase shows.
    pub(super) fn phrase(&self) -> (&'static str, &str) {
        let key = match self {
            Self::PasswordSet => "password_set",
            Self::PasswordChanged => "password_changed",
            Self::PasswordRemoved => "password_removed",
            Self::EmailSet => "email_set",
            Self::EmailChanged => "email_changed",
            Self::EmailRemoved => "email_removed",
            Self::PhoneSet => "phone_set",
            Self::PhoneChanged => "phone_changed",
            Self::PhoneRemoved => "phone_removed",
            Self::UsernameSet => "username_set",
            Self::UsernameChanged => "username_changed",
            Self::UsernameRemoved => "username_removed",
            Self::AppAdded => "app_added",
            Self::AppReplaced => "app_replaced",
            Self::AppRemoved => "app_removed",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::BackupCodesMade => "backup_codes_made",
            Self::BackupCodesRemoved => "backup_codes_removed",
            Self::SecondFactorSkipped => "second_factor_skipped",
            Self::SocialLinked(_) => "social_linked",
            Self::SocialRemoved(_) => "social_removed",
            Self::SignedOutEverywhere => "signed_out_everywhere",
            Self::DeletionPlanned(_) => "deletion_planned",
            Self::DeletionCancelled => "deletion_cancelled",
            Self::AccountDeleted => "account_deleted",
        };
        let name = match self {
            Self::SocialLinked(name) | Self::SocialRemoved(name) | Self::DeletionPlanned(name) => name.as_str(),
            _ => "",
        };
        (key, name)
    }
}

/// How the row of a user changed.
pub(crate) fn differences(before: &User, after: &User) -> Vec<CredentialChange> {
    use CredentialChange as C;
    let columns = [
        (&before.username, &after.username, [C::UsernameSet, C::UsernameChanged, C::UsernameRemoved]),
        (&before.primary_email, &after.primary_email, [C::EmailSet, C::EmailChanged, C::EmailRemoved]),
        (&before.primary_phone, &after.primary_phone, [C::PhoneSet, C::PhoneChanged, C::PhoneRemoved]),
    ];
    let mut changes: Vec<CredentialChange> =
        columns.into_iter().filter_map(|(old, new, names)| difference(old.as_ref(), new.as_ref(), names)).collect();
    let passwords = [C::PasswordSet, C::PasswordChanged, C::PasswordRemoved];
    changes.extend(difference(before.password.as_ref(), after.password.as_ref(), passwords));
    changes
}

/// Whether sign-ins ask for no second factor any more that they asked for before.
pub(crate) fn skipped_factor(before: &User, after: &User) -> Vec<CredentialChange> {
    let is_off = |user: &User| {
        let mfa = configs_response(&user.logto_config).mfa;
        mfa.skip_mfa_on_sign_in || mfa.enabled == Some(false)
    };
    let is_new = !is_off(before) && is_off(after);
    is_new.then_some(CredentialChange::SecondFactorSkipped).into_iter().collect()
}

fn difference<T: PartialEq>(
    old: Option<&T>,
    new: Option<&T>,
    [set, changed, removed]: [CredentialChange; 3],
) -> Option<CredentialChange> {
    match (old, new) {
        (None, Some(_)) => Some(set),
        (Some(_), None) => Some(removed),
        (Some(old), Some(new)) if old != new => Some(changed),
        _ => None,
    }
}
