//! The time claims (RFC 7519 sections 4.1.4 to 4.1.6).

use kernel::Timestamp;
use serde_json::{Map, Value};

use crate::JoseError;

/// Checks `exp` (required), `nbf` and `iat` (when present) against `now`, tolerating clocks that differ by up to
/// `leeway_seconds`.
pub fn check_times(claims: &Map<String, Value>, now: Timestamp, leeway_seconds: i64) -> Result<(), JoseError> {
    let now = now.seconds();
    let exp = numeric_date(claims, "exp")?.ok_or(JoseError::InvalidClaim("exp"))?;
    if now >= exp.saturating_add(leeway_seconds) {
        return Err(JoseError::Expired);
    }
    if numeric_date(claims, "nbf")?.is_some_and(|nbf| nbf > now.saturating_add(leeway_seconds)) {
        return Err(JoseError::NotYetValid);
    }
    if numeric_date(claims, "iat")?.is_some_and(|iat| iat > now.saturating_add(leeway_seconds)) {
        return Err(JoseError::IssuedInFuture);
    }
    Ok(())
}

/// A `NumericDate`: a JSON number, possibly with a fraction, in whole seconds rounded down.
fn numeric_date(claims: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, JoseError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    // `as` saturates for floats out of range.
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|number| number.floor() as i64));
    seconds.map(Some).ok_or(JoseError::InvalidClaim(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(claims: Value, leeway: i64) -> Result<(), JoseError> {
        check_times(claims.as_object().unwrap(), Timestamp(1_000_500), leeway)
    }

    #[test]
    fn times_are_judged_to_the_second_with_leeway() {
        for (claims, leeway, expected) in [
            (json!({"exp": 1001}), 0, Ok(())),
            (json!({"exp": 1000}), 0, Err(JoseError::Expired)),
            (json!({"exp": 1000}), 1, Ok(())),
            (json!({"exp": 1000.9}), 0, Err(JoseError::Expired)),
            (json!({}), 0, Err(JoseError::InvalidClaim("exp"))),
            (json!({"exp": "1001"}), 0, Err(JoseError::InvalidClaim("exp"))),
            (json!({"exp": null}), 0, Err(JoseError::InvalidClaim("exp"))),
            (json!({"exp": i64::MAX}), i64::MAX, Ok(())),
            (json!({"exp": 1e300}), 0, Ok(())),
            (json!({"exp": 2000, "nbf": 1001}), 0, Err(JoseError::NotYetValid)),
            (json!({"exp": 2000, "nbf": 1001}), 1, Ok(())),
            (json!({"exp": 2000, "iat": 1060}), 30, Err(JoseError::IssuedInFuture)),
            (json!({"exp": 2000, "iat": 1000}), 0, Ok(())),
        ] {
            assert_eq!(check(claims.clone(), leeway), expected, "{claims} {leeway}");
        }
    }
}
