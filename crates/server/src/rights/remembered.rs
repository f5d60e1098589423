//! Management tokens whose signature was checked already. A P-384 check costs more than everything else in a small
//! request, and a client sends the same token for an hour.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kernel::{Timestamp, id};

use super::Management;

/// Tokens kept at most; beyond it all are forgotten and checked anew.
const LIMIT: usize = 4096;

/// Checked tokens, by the digest of the token and all that the check depended on.
#[derive(Default)]
pub struct Remembered(Mutex<HashMap<String, Checked>>);

struct Checked {
    caller: Management,
    /// Seconds since the epoch; the token's own `exp`.
    expires_at: i64,
}

/// What a check depended on besides the token: another version of the keys asks for another check.
pub struct Circumstances<'a> {
    pub tenant_id: &'a str,
    /// Versions of the tenant's and the admin tenant's configuration.
    pub versions: (i64, i64),
}

impl Remembered {
    /// The caller of a token that passed all checks under the same circumstances and has not expired.
    pub fn caller(&self, token: &str, circumstances: &Circumstances<'_>, now: Timestamp) -> Option<Management> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let checked = known.get(&key(token, circumstances))?;
        (now.seconds() < checked.expires_at).then(|| checked.caller.clone())
    }

    /// Remembers a token that passed all checks.
    pub fn keep(&self, token: &str, circumstances: &Circumstances<'_>, (caller, expires_at): (&Management, i64)) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= LIMIT {
            known.clear();
        }
        known.insert(key(token, circumstances), Checked { caller: caller.clone(), expires_at });
    }
}

fn key(token: &str, circumstances: &Circumstances<'_>) -> String {
    let Circumstances { tenant_id, versions: (own, admin) } = circumstances;
    id::token_digest(&format!("{tenant_id} {own} {admin} {token}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b24_a_remembered_token_counts_only_until_it_expires_and_only_for_the_same_keys() {
        let remembered = Remembered::default();
        let caller = Management { id: "c".into(), is_app: true };
        let same = Circumstances { tenant_id: "default", versions: (1, 1) };
        remembered.keep("t", &same, (&caller, 100));
        assert_eq!(remembered.caller("t", &same, Timestamp(99_999)), Some(caller));
        assert_eq!(remembered.caller("t", &same, Timestamp(100_000)), None);
        assert_eq!(remembered.caller("u", &same, Timestamp(0)), None);
        for other in [("admin", (1, 1)), ("default", (2, 1)), ("default", (1, 2))] {
            let other = Circumstances { tenant_id: other.0, versions: other.1 };
            assert_eq!(remembered.caller("t", &other, Timestamp(0)), None);
        }
    }
}
