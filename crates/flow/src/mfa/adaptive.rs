//! Adaptive MFA: a second factor is asked for only where a sign-in is unusual (E076).

use std::collections::BTreeMap;

use kernel::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::experience::SignInExperience;
use crate::lookups::User;
use crate::state::State;

/// After that a country is new again.
const COUNTRY_DAYS: i64 = 180;
/// After that somebody comes back.
const INACTIVITY_DAYS: i64 = 30;
/// No airliner is faster.
const MAX_KM_PER_HOUR: f64 = 900.0;
/// Below it is probably a machine.
const LEAST_BOT_SCORE: i64 = 30;
/// Addresses are located no more exactly.
const TOLERANCE_KM: f64 = 50.0;
const EARTH_RADIUS_KM: f64 = 6371.0;
const DAY_SECONDS: i64 = 24 * 3600;

/// What is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AdaptiveRule {
    /// A country where nobody signed in to the account for 180 days.
    NewCountry,
    /// Farther from the last place than one can travel meanwhile.
    GeoVelocity,
    /// Nobody signed in for 30 days.
    LongInactivity,
    /// What stands before the server takes the sender for a machine.
    UntrustedIp,
}

/// A place in millionths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub latitude: i64,
    pub longitude: i64,
}

/// Where a sign-in comes from, as far as what stands before the server says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInPlace {
    pub country: Option<String>,
    pub position: Option<Position>,
}

/// A country in which somebody signed in to the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCountry {
    pub country: String,
    pub last_sign_in_at: Timestamp,
}

/// What is known of earlier sign-ins. Looked up where adaptive MFA is on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInHistory {
    pub countries: Vec<SeenCountry>,
    pub last_position: Option<(Position, Timestamp)>,
    pub last_sign_in_at: Option<Timestamp>,
}

impl SignInPlace {
    /// The place in the context of a sign-in; members that can't be read are left out.
    pub fn of(context: &BTreeMap<String, String>) -> Self {
        let degrees = |name: &str, most: f64| {
            let degrees: f64 = context.get(name)?.trim().parse().ok()?;
            #[expect(clippy::cast_possible_truncation, reason = "at most 180 million")]
            (degrees.abs() <= most).then(|| (degrees * 1e6).round() as i64)
        };
        let is_code =
            |code: &&String| !code.is_empty() && code.len() <= 16 && code.bytes().all(|b| b.is_ascii_alphanumeric());
        Self {
            country: context.get("country").filter(is_code).map(|code| code.to_ascii_uppercase()),
            position: degrees("latitude", 90.0)
                .zip(degrees("longitude", 180.0))
                .map(|(latitude, longitude)| Position { latitude, longitude }),
        }
    }

    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

impl Position {
    #[expect(clippy::cast_precision_loss, reason = "millionths of a degree are exact")]
    fn radians(self) -> (f64, f64) {
        ((self.latitude as f64 / 1e6).to_radians(), (self.longitude as f64 / 1e6).to_radians())
    }

    /// The distance over the ground, by the haversine formula.
    fn km_to(self, other: Self) -> f64 {
        let ((lat, lon), (other_lat, other_lon)) = (self.radians(), other.radians());
        let half = |angle: f64| (angle / 2.0).sin().powi(2);
        let h = half(other_lat - lat) + lat.cos() * other_lat.cos() * half(other_lon - lon);
        2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
    }
}

impl SignInExperience {
    /// Whether second factors are asked for by rules.
    pub fn has_adaptive_mfa(&self) -> bool {
        self.adaptive_mfa.get("enabled") == Some(&Value::Bool(true))
    }
}

/// What is unusual about a sign-in to the account now. An account without a history has nothing to compare with.
pub(crate) fn unusual(state: &State, user: &User, now: Timestamp) -> Vec<AdaptiveRule> {
    let (context, history) = (&state.sign_in_context, &user.sign_in_history);
    let place = SignInPlace::of(context);
    let mut rules = Vec::new();
    let is_recent = |at: Timestamp, days: i64| at.plus_seconds(days * DAY_SECONDS) >= now;
    let is_new = |country: &String| {
        !history.countries.is_empty()
            && !history
                .countries
                .iter()
                .any(|seen| seen.country == *country && is_recent(seen.last_sign_in_at, COUNTRY_DAYS))
    };
    if place.country.as_ref().is_some_and(is_new) {
        rules.push(AdaptiveRule::NewCountry);
    }
    if place.position.zip(history.last_position).is_some_and(|(here, (there, at))| is_too_far(here, there, now, at)) {
        rules.push(AdaptiveRule::GeoVelocity);
    }
    if history.last_sign_in_at.is_some_and(|at| !is_recent(at, INACTIVITY_DAYS)) {
        rules.push(AdaptiveRule::LongInactivity);
    }
    let score = context.get("botScore").and_then(|score| score.trim().parse::<i64>().ok());
    let is_flagged = context.get("botVerified").is_some_and(|flag| flag == "true" || flag == "1");
    if is_flagged || score.is_some_and(|score| score < LEAST_BOT_SCORE) {
        rules.push(AdaptiveRule::UntrustedIp);
    }
    rules
}

#[expect(clippy::cast_precision_loss, reason = "years in milliseconds are exact")]
fn is_too_far(here: Position, there: Position, now: Timestamp, at: Timestamp) -> bool {
    // A time after now was written before the clock was set back.
    let hours = now.millis().saturating_sub(at.millis()).max(0) as f64 / 3_600_000.0;
    let km = here.km_to(there);
    km > TOLERANCE_KM && km > MAX_KM_PER_HOUR * hours
}

/// What the webhook says of it.
pub fn result(rules: &[AdaptiveRule]) -> Value {
    let triggered: Vec<Value> = rules.iter().map(|rule| json!({"rule": rule})).collect();
    json!({"requiresMfa": true, "triggeredRules": triggered})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: i64, longitude: i64) -> Position {
        Position { latitude: latitude * 1_000_000, longitude: longitude * 1_000_000 }
    }

    #[test]
    fn distances_and_speeds_are_those_of_the_earth() {
        let (berlin, singapore) = (at(52, 13), at(1, 104));
        assert!((berlin.km_to(singapore) - 9_920.0).abs() < 100.0, "{}", berlin.km_to(singapore));
        assert!((at(0, 179).km_to(at(0, -179)) - 222.0).abs() < 1.0);
        let hours = |hours: i64| Timestamp(hours * 3_600_000);
        assert!(is_too_far(berlin, singapore, hours(10), hours(0)));
        assert!(!is_too_far(berlin, singapore, hours(12), hours(0)));
        assert!(!is_too_far(berlin, berlin, hours(0), hours(0)));
        assert!(is_too_far(berlin, singapore, hours(0), hours(5)), "the clock was set back");
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let place = |pairs: &[(&str, &str)]| {
            SignInPlace::of(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        let known = place(&[("country", "de"), ("latitude", "52.52"), ("longitude", "-0.1")]);
        let position = Position { latitude: 52_520_000, longitude: -100_000 };
        assert_eq!(known, SignInPlace { country: Some("DE".into()), position: Some(position) });
        for wrong in [
            [("country", ""), ("latitude", "91"), ("longitude", "0")],
            [("country", "a b"), ("latitude", "NaN"), ("longitude", "0")],
            [("country", "<script>"), ("latitude", "1"), ("longitude", "inf")],
            [("country", "much-too-long-for-a-code"), ("latitude", ""), ("longitude", "1")],
        ] {
            assert!(place(&wrong).is_unknown(), "{wrong:?}");
        }
    }
}
