//! Backup codes (E073).

use kernel::ids::UserId;
use serde::{Deserialize, Serialize};

use super::{Counted, Pending, Verification, Verified, stored_as};

/// A backup code is asked for, or new codes are shown before they are bound.
#[derive(Debug, Clone, PartialEq)]
pub struct BackupCodes {
    pub user_id: UserId,
    /// New codes, sealed by the server; a bound factor is asked for without.
    pub backup_codes: Option<String>,
}

/// A backup code of this user was used up.
#[derive(Debug, Clone, PartialEq)]
pub struct BackupCode {
    pub user_id: UserId,
    pub code: String,
}

impl Pending<BackupCodes> {
    /// Takes the outcome: the code that was used up, if it was one of the user's.
    ///
    /// # Errors
    /// The verification, still pending: also where new codes are being bound, for which no code is asked.
    pub fn prove(self, code: Counted<Option<String>>) -> Result<Verified<BackupCode>, Self> {
        let Some(code) = code.into_outcome().filter(|_| self.question.backup_codes.is_none()) else { return Err(self) };
        Ok(self.verified(|BackupCodes { user_id, .. }| BackupCode { user_id, code }))
    }
}

impl Verification<BackupCodes, BackupCode> {
    /// Whose codes they are.
    pub fn user_id(&self) -> &UserId {
        match self {
            Self::Pending(pending) => &pending.question.user_id,
            Self::Verified(verified) => &verified.claim.user_id,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredBackupCode {
    id: String,
    user_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backup_codes: Option<String>,
}

impl From<Verification<BackupCodes, BackupCode>> for StoredBackupCode {
    fn from(verification: Verification<BackupCodes, BackupCode>) -> Self {
        match verification {
            Verification::Pending(Pending { id, question: BackupCodes { user_id, backup_codes } }) => {
                Self { id, user_id, code: None, backup_codes }
            }
            Verification::Verified(Verified { id, claim: BackupCode { user_id, code } }) => {
                Self { id, user_id, code: Some(code), backup_codes: None }
            }
        }
    }
}

impl From<StoredBackupCode> for Verification<BackupCodes, BackupCode> {
    fn from(StoredBackupCode { id, user_id, code, backup_codes }: StoredBackupCode) -> Self {
        match code {
            Some(code) => Self::Verified(Verified { id, claim: BackupCode { user_id, code } }),
            None => Self::Pending(Pending { id, question: BackupCodes { user_id, backup_codes } }),
        }
    }
}

stored_as!(BackupCodes, BackupCode, StoredBackupCode);
