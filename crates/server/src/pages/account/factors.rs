//! The second factors on the page of the security: one row for each kind.

use ::api::users::{MfaFactorType, UserMfaVerification};
use flow::mfa::MfaFactor;
use views::account_pages::{Action, Row};

use super::visit::AccountPage;
use super::{authenticator_app, backup_codes, passkeys};
use crate::callers::{AccountOperation, Field};

impl<O: AccountOperation> AccountPage<O> {
    /// The rows of the factors that the account has, or may add.
    pub fn factor_rows(&self, bound: &[UserMfaVerification]) -> Vec<Row> {
        let rows = [self.app_row(bound), self.passkey_row(bound), self.codes_row(bound)];
        rows.into_iter().flatten().collect()
    }

    /// Whether the operator lets people set up this factor.
    fn can_add(&self, factor: MfaFactor) -> bool {
        let experience = self.request.experience();
        experience.mfa.factors.contains(&factor)
            || factor == MfaFactor::WebAuthn && experience.passkey_sign_in.is_enabled()
    }

    fn app_row(&self, bound: &[UserMfaVerification]) -> Option<Row> {
        let is_bound = bound.iter().any(|factor| factor.kind == MfaFactorType::Totp);
        let label = self.text("account_security.app");
        let action = match is_bound {
            true => Action::link(self.href(authenticator_app::OTHER_APP), self.text("account.change"), &label),
            false => Action::link(self.href(authenticator_app::APP), self.text("account.add"), &label),
        };
        let value = self.text(if is_bound { "account_security.is_set_up" } else { "account.not_set" });
        let is_shown = self.user.sees(Field::Mfa) && (is_bound || self.can_add(MfaFactor::Totp));
        let actions = if self.user.edits(Field::Mfa) { vec![action] } else { Vec::new() };
        is_shown.then(|| Row { value, actions, ..Row::of(label) })
    }

    fn passkey_row(&self, bound: &[UserMfaVerification]) -> Option<Row> {
        let count = bound.iter().filter(|factor| factor.kind == MfaFactorType::WebAuthn).count();
        let label = self.text("account_security.passkeys");
        let (value, action) = match count {
            0 => {
                let add = Action::link(self.href(passkeys::ADD), self.text("account.add"), &label);
                (self.text("account.not_set"), self.user.edits(Field::Passkey).then_some(add))
            }
            _ => {
                let show = Action::link(self.href(passkeys::MANAGE), self.text("account.show"), &label);
                let count = count.to_string();
                (self.text_with("account_security.passkeys_bound", &[("count", &count)]), Some(show))
            }
        };
        let is_shown = self.user.sees(Field::Passkey) && (count > 0 || self.can_add(MfaFactor::WebAuthn));
        is_shown.then(|| Row { value, actions: action.into_iter().collect(), ..Row::of(label) })
    }

    /// Backup codes are never alone.
    fn codes_row(&self, bound: &[UserMfaVerification]) -> Option<Row> {
        let set = bound.iter().find(|factor| factor.kind == MfaFactorType::BackupCode);
        let stands_in = bound.iter().any(|factor| factor.kind != MfaFactorType::BackupCode);
        let label = self.text("account_security.backup_codes");
        let (value, action) = match set {
            Some(set) => {
                let left = set.remain_codes.unwrap_or_default().to_string();
                let show = Action::link(self.href(backup_codes::MANAGE), self.text("account.show"), &label);
                (self.text_with("account_security.codes_left", &[("count", &left)]), Some(show))
            }
            None => {
                let add = Action::link(self.href(backup_codes::GENERATE), self.text("account.add"), &label);
                (self.text("account.not_set"), self.user.edits(Field::Mfa).then_some(add))
            }
        };
        let may_add = stands_in && self.can_add(MfaFactor::BackupCode);
        let is_shown = self.user.sees(Field::Mfa) && (set.is_some() || may_add);
        is_shown.then(|| Row { value, actions: action.into_iter().collect(), ..Row::of(label) })
    }
}
