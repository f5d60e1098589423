//! Who was active, written once for each user and day.

use std::collections::{BTreeSet, HashSet};

use db::{DbError, Tx};
use kernel::Timestamp;
use kernel::ids::UserId;

use super::{Day, store};

/// Users of a day that are remembered as written; those beyond it are written again, which changes nothing.
const MAX_REMEMBERED: usize = 50_000;

/// A user for whom a token was issued.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ActiveUser {
    pub(super) tenant_id: String,
    pub(super) user_id: UserId,
    pub(super) day: Day,
}

impl ActiveUser {
    pub fn new(tenant_id: &str, user_id: UserId, at: Timestamp) -> Self {
        Self { tenant_id: tenant_id.to_owned(), user_id, day: Day::of(at) }
    }

    /// What it takes in memory, in bytes, about.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.tenant_id.len() + self.user_id.len()
    }
}

/// Which users were written, so that most tokens cause no row.
#[derive(Debug, Default)]
pub(crate) struct ActivityLog {
    written: HashSet<ActiveUser>,
    newest: Option<Day>,
}

impl ActivityLog {
    /// Whether a user was written.
    pub fn has(&self, user: &ActiveUser) -> bool {
        self.written.contains(user)
    }

    /// Remembers users that were written.
    pub fn remember(&mut self, users: &BTreeSet<ActiveUser>) {
        for user in users {
            if self.newest.is_none_or(|newest| newest < user.day) {
                self.newest = Some(user.day);
                self.written.clear();
            }
            if self.written.len() < MAX_REMEMBERED {
                self.written.insert(user.clone());
            }
        }
    }
}

/// Writes users that were active; those that are there stay. All servers write them in the same order: on PostgreSQL they wait for each
/// other's rows.
pub(crate) fn write(tx: &Tx<'_>, users: &BTreeSet<ActiveUser>) -> Result<(), DbError> {
    users.iter().try_for_each(|user| store::insert(tx, user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g1_a_user_is_written_once_a_day_and_memory_is_bounded() {
        let user = |name: &str, day| ActiveUser { tenant_id: "t".into(), user_id: name.into(), day: Day(day) };
        let mut log = ActivityLog::default();
        assert!(!log.has(&user("a", 1)));
        log.remember(&BTreeSet::from([user("a", 1)]));
        assert!(log.has(&user("a", 1)) && !log.has(&user("a", 2)));
        log.remember(&(0..MAX_REMEMBERED + 10).map(|n| user(&n.to_string(), 2)).collect());
        assert_eq!(log.written.len(), MAX_REMEMBERED);
        log.remember(&BTreeSet::from([user("a", 3)]));
        assert_eq!(log.written.len(), 1);
    }
}
