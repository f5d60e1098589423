//! How many refusals are kept, of each tenant apart: no network, and no other tenant, uses up the share of another.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kernel::Timestamp;

use crate::fair_share::ClientNetwork;
use crate::network_budget::{NetworkBudget, NetworkLimits, REFUSALS, STRAY_REFUSALS};

/// What a request asked for when it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RefusalKind {
    /// Something that there is.
    Usual,
    /// An address that nothing has, or a page without a sign-in: it explains little, and costs a stranger nothing.
    Stray,
}

impl RefusalKind {
    fn limits(self) -> NetworkLimits {
        match self {
            Self::Usual => REFUSALS,
            Self::Stray => STRAY_REFUSALS,
        }
    }
}

/// The budgets of all tenants. The operator alone makes tenants.
#[derive(Default)]
pub(crate) struct RefusalBudgets(Mutex<HashMap<(&'static str, RefusalKind), NetworkBudget>>);

impl RefusalBudgets {
    /// Takes `bytes` from the budget of a network at a tenant; false when too little is left.
    pub(crate) fn take(
        &self,
        tenant_id: &'static str,
        kind: RefusalKind,
        network: ClientNetwork,
        bytes: usize,
        now: Timestamp,
    ) -> bool {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = budgets.entry((tenant_id, kind)).or_insert_with(|| NetworkBudget::new(kind.limits(), now));
        budget.take(network, bytes, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fair_share::tests::network;

    #[test]
    fn g1_tenants_and_kinds_have_budgets_of_their_own() {
        let budgets = RefusalBudgets::default();
        let taken = |tenant, kind, from: &str, now| {
            let takes = |_: &usize| budgets.take(tenant, kind, network(from), 1 << 10, Timestamp(now));
            (0..100_000).take_while(takes).count()
        };
        assert_eq!(taken("a", RefusalKind::Stray, "192.0.2.1", 0), 32);
        assert_eq!(taken("a", RefusalKind::Usual, "192.0.2.1", 0), 256);
        assert_eq!(taken("b", RefusalKind::Usual, "192.0.2.1", 0), 256);
        // One network needs half a day to push out the 20,000 rows of a tenant.
        let seconds = (1..=3_600).map(|second| taken("a", RefusalKind::Usual, "192.0.2.1", second * 1_000));
        assert_eq!(seconds.sum::<usize>(), 1_800);
    }
}
