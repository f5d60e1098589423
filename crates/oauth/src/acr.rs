//! Authentication context class references (OpenID Connect Core 1.0 sections 2 and 3.1.2.1, RFC 9470): what a client may ask of a
//! sign-in, and what it learns of it.

use kernel::{Assurance, Authentication};
use serde::{Deserialize, Serialize};

/// The values by what they ask for: REFEDS Single-Factor and Multi-Factor Authentication Profile, OpenID Connect EAP ACR Values 1.0.
const VALUES: [(&str, Assurance); 3] = [
    ("https://refeds.org/profile/sfa", Assurance::OneFactor),
    ("https://refeds.org/profile/mfa", Assurance::TwoFactors),
    ("phr", Assurance::PhishingResistant),
];

/// The values for the discovery document.
pub fn supported() -> Vec<&'static str> {
    VALUES.iter().map(|(value, _)| *value).collect()
}

fn value_of(assurance: Assurance) -> &'static str {
    VALUES.iter().find(|(_, known)| *known == assurance).map_or("", |(value, _)| value)
}

/// What a client asks of the sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AcrRequest {
    /// In order of preference, without unknown values.
    accepted: Vec<Assurance>,
    /// Whether it wants no tokens otherwise (section 5.5.1.1).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_essential: bool,
}

impl AcrRequest {
    /// A request for these values, voluntary. Unknown ones are left out.
    pub fn voluntary<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut accepted = Vec::new();
        for value in values {
            match VALUES.iter().find(|(known, _)| *known == value) {
                Some((_, assurance)) if !accepted.contains(assurance) => accepted.push(*assurance),
                _ => {}
            }
        }
        Self { accepted, is_essential: false }
    }

    /// Whether none of its values is known.
    pub fn is_empty(&self) -> bool {
        self.accepted.is_empty()
    }

    /// The least that a sign-in must prove.
    pub fn least(&self) -> Option<Assurance> {
        self.accepted.iter().min().copied()
    }

    /// Whether a sign-in proved enough. No sign-in can be better where no value is known.
    pub fn is_met_by(&self, authentication: Option<&Authentication>) -> bool {
        self.least().is_none_or(|least| authentication.is_some_and(|found| found.assurance >= least))
    }
}

/// What tokens say about the sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticationClaims {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// Names of RFC 8176.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
}

impl AuthenticationClaims {
    /// Of the values that the client asked for, the first that the sign-in reached; else the highest that it reached.
    pub fn of(authentication: &Authentication, request: Option<&AcrRequest>) -> Self {
        let reached = |asked: &&Assurance| **asked <= authentication.assurance;
        let preferred = request.and_then(|request| request.accepted.iter().find(reached)).copied();
        let acr = value_of(preferred.unwrap_or(authentication.assurance)).to_owned();
        Self { acr: Some(acr), amr: authentication.methods.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SFA: &str = "https://refeds.org/profile/sfa";
    const MFA: &str = "https://refeds.org/profile/mfa";

    fn reached(assurance: Assurance) -> Authentication {
        Authentication { assurance, methods: Vec::new() }
    }

    #[test]
    fn one_of_the_values_is_enough_and_more_is_too() {
        let either = AcrRequest::voluntary(["phr", "loa9", MFA, "phr"]);
        assert_eq!(either.least(), Some(Assurance::TwoFactors));
        assert!(!either.is_met_by(None) && !either.is_met_by(Some(&reached(Assurance::OneFactor))));
        assert!(either.is_met_by(Some(&reached(Assurance::TwoFactors))));
        assert!(AcrRequest::voluntary([MFA]).is_met_by(Some(&reached(Assurance::PhishingResistant))));
        let unknown = AcrRequest::voluntary(["loa9"]);
        assert!(unknown.is_empty() && unknown.is_met_by(None));
    }

    #[test]
    fn the_client_reads_what_it_asked_for_as_far_as_it_was_reached() {
        let acr = |assurance, values: &[&str]| {
            let request = AcrRequest::voluntary(values.iter().copied());
            AuthenticationClaims::of(&reached(assurance), Some(&request)).acr.unwrap()
        };
        assert_eq!(acr(Assurance::PhishingResistant, &[]), "phr");
        assert_eq!(acr(Assurance::PhishingResistant, &[MFA]), MFA);
        assert_eq!(acr(Assurance::TwoFactors, &["phr", MFA, SFA]), MFA);
        assert_eq!(acr(Assurance::OneFactor, &["phr", MFA]), SFA);
        assert_eq!(AuthenticationClaims::of(&reached(Assurance::OneFactor), None).acr.unwrap(), SFA);
    }
}
