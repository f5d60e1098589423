//! `/api/secrets`: stored tokens of providers.

use crate::operation::Operation;

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![Operation::delete("/api/secrets/{id}", "DeleteSecret", "Secrets").statuses(&[204, 404])]
}
