//! Tokens that a client signed, or says that it signed: DPoP proofs, client assertions and request objects.

use std::sync::OnceLock;

use aws_lc_rs::hmac;
use jose::{JwkSet, VerifyingKeys, unverified_claims, verify_hs256};
use kernel::Timestamp;
use oauth::authorize::request_object;
use oauth::client::assertion;
use oauth::dpop::{self, Proof, ProvedRequest};
use oauth::{OAuthError, Params};
use serde_json::{Map, Value, json};

use crate::client_token_rules::{self as rules, Kind};
use crate::edits::edited;
use crate::registered::ID;
use crate::test_key::{TestKey, compact};
use crate::{head_and_rest, parameters};

pub const ISSUER: &str = "https://server.example.com";
pub const ADDRESS: &str = "https://server.example.com/token";
/// Ten seconds after the proof of RFC 9449 section 4.2.
pub const NOW: Timestamp = Timestamp(1_562_262_626_000);
/// What a proof may have to accompany.
pub const ACCESS_TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// From RFC 9449 section 4.2.
const PROOF_OF_RFC_9449: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

/// Who signed a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signer {
    /// The client, with its key.
    Key,
    /// The client, with its secret.
    Secret,
    /// Somebody else, with a key of the same id.
    Stranger,
    /// Somebody else, who takes the client's public key for a secret.
    Confused,
}

/// A client that proves itself by its key, or by its secret.
const CLIENTS: [Signer; 2] = [Signer::Key, Signer::Secret];

struct Keys {
    client: TestKey,
    stranger: TestKey,
    verifying: VerifyingKeys,
}

/// What a text is taken for.
struct Verdict {
    /// At the token endpoint.
    proof: Result<Proof, OAuthError>,
    /// At userinfo, with an access token.
    bound: Result<Proof, OAuthError>,
    /// Until when its `jti` is remembered.
    assertion: Result<Timestamp, OAuthError>,
    request: Result<Params, OAuthError>,
}

/// First line: the kind (`proof`, `assertion`, `request`, or none: the rest is the token) with who signs it (`key`, `secret`,
/// `stranger`, `confused`), then edits. Rest: the members of the header that differ from right ones, and in the next line those of the
/// claims; `null` removes one.
///
/// Attack classes: G5, B13, B14, B15, B17.
pub fn client_tokens(data: &[u8]) {
    let (head, rest) = head_and_rest(data);
    let mut words = head.splitn(3, ' ');
    let kind = match words.next() {
        Some("proof") => Kind::Proof,
        Some("assertion") => Kind::Assertion,
        Some("request") => Kind::Request,
        _ => return foreign(&rest),
    };
    let signer = match words.next() {
        Some("secret") => Signer::Secret,
        Some("stranger") => Signer::Stranger,
        Some("confused") => Signer::Confused,
        _ => Signer::Key,
    };
    let (header, claims) = rest.split_once('\n').unwrap_or(("{}", &rest));
    let objects = (serde_json::from_str(header), serde_json::from_str(claims));
    if let (Ok(header), Ok(claims)) = objects {
        made(kind, signer, &header, &claims, words.next().unwrap_or_default());
    }
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let client = TestKey::new(7);
        let verifying = JwkSet { keys: vec![client.signing.public_jwk()] }.verifier();
        Keys { client, stranger: TestKey::new(9), verifying }
    })
}

/// Nobody can sign but the holders of the keys: a foreign text counts only if it is the proof of RFC 9449.
fn foreign(token: &str) {
    for client in CLIENTS {
        let verdict = judge(token, client, NOW);
        assert!(verdict.assertion.is_err() && verdict.request.is_err(), "forged: {token}");
        let signed = |token: &str| token.rsplit_once('.').map(|(signed, _)| signed.to_owned());
        assert!(verdict.proof.is_ok() || token != PROOF_OF_RFC_9449, "{}", verdict.why(Kind::Proof));
        if let Ok(proof) = &verdict.proof {
            assert_eq!(signed(token), signed(PROOF_OF_RFC_9449), "forged");
            assert_eq!(proof.jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        }
    }
}

/// A signed token counts unchanged, for its signer, as what it is, within its time; and one that keeps the rules does count.
fn made(kind: Kind, signer: Signer, header: &Map<String, Value>, claims: &Map<String, Value>, edits: &str) {
    let (full_header, full_claims) = (merged(right_header(kind, signer), header), merged(right_claims(kind), claims));
    let token = signed(signer, &full_header, &full_claims);
    let sent = edited(&token, edits);
    for client in CLIENTS {
        let verdict = judge(&sent, client, NOW);
        let accepted = verdict.accepted();
        if accepted.is_empty() {
            let is_plain = header.is_empty() && rules::concern_nothing(kind, claims);
            let is_right = is_plain && sent == token && token.len() < 8192 && signer.may(kind, client);
            let too_many = kind == Kind::Request && Params::from_json(&rules::parameters(&full_claims)).is_err();
            assert!(!is_right || too_many, "{kind:?} of {signer:?} is refused: {}", verdict.why(kind));
            continue;
        }
        let [found] = accepted[..] else { panic!("{sent} counts as {accepted:?}") };
        assert_eq!(sent, token, "a changed token counts as {found:?}");
        assert!(signer.may(found, client), "{token} of {signer:?} counts as {found:?} of {client:?}");
        assert!(signer.algorithms().iter().any(|alg| full_header["alg"] == *alg), "{token} counts as {found:?}");
        rules::hold(found, &full_header, &full_claims);
        ends(&token, client, &verdict);
        if let Ok(proof) = verdict.proof.as_ref().or(verdict.bound.as_ref()) {
            assert_eq!(proof.jkt, signer.key().signing.public_jwk().thumbprint());
            assert_eq!(proof.nonce.as_deref(), full_claims.get("nonce").and_then(Value::as_str));
        }
        if verdict.bound.is_ok() {
            assert_eq!(full_claims.get("ath"), Some(&json!(kernel::id::token_digest(ACCESS_TOKEN))));
        }
        if let Ok(params) = &verdict.request {
            parameters::hold(params);
            let asked = rules::parameters(&full_claims);
            let is_asked = |(name, value): (&str, &str)| match asked.get(name) {
                Some(Value::String(text)) if name != "resource" => text == value,
                found => found.is_some(),
            };
            assert!(params.iter().all(is_asked), "{params:?}");
        }
    }
}

/// What counts once is remembered for as long as it counts, and that is soon over.
fn ends(token: &str, client: Signer, verdict: &Verdict) {
    let soon = NOW.plus_seconds(400);
    if let Ok(Proof { until, .. }) = verdict.proof.as_ref().or(verdict.bound.as_ref()) {
        let later = judge(token, client, *until);
        assert!(*until > NOW && *until < soon && later.proof.is_err() && later.bound.is_err(), "{token}: {until:?}");
    }
    if let Ok(until) = verdict.assertion {
        assert!(until > NOW && until < soon && judge(token, client, until).assertion.is_err(), "{token}: {until:?}");
    }
    for seconds in [-7400, 3700] {
        assert!(judge(token, client, NOW.plus_seconds(seconds)).accepted().is_empty(), "{token} at {seconds}");
    }
}

fn judge(token: &str, client: Signer, now: Timestamp) -> Verdict {
    let proof = |access_token| dpop::verify(token, &ProvedRequest { method: "POST", uri: ADDRESS, access_token, now });
    // As `oidc/client_assertion.rs` of the server.
    let signed = match client {
        Signer::Key => keys().verifying.verify(token).map(|verified| (verified.header.typ, verified.claims)),
        _ => verify_hs256(token, SECRET).map(|verified| (verified.typ, verified.claims)),
    };
    let (assertion, request) = match &signed {
        Ok((typ, claims)) => {
            assert_eq!(unverified_claims(token).as_ref(), Ok(claims));
            let claimed = assertion::claimed_client(token);
            let found = assertion::check(typ.as_deref(), claims, ID, ISSUER, now).map(|single| single.until);
            assert!(found.is_err() || claimed.as_deref() == Some(ID));
            (found, request_object::open(typ.as_deref(), claims, ID, ISSUER, now))
        }
        Err(_) => {
            let unsigned = || OAuthError::client_authentication("the client did not sign it");
            (Err(unsigned()), Err(unsigned()))
        }
    };
    Verdict { proof: proof(None), bound: proof(Some(ACCESS_TOKEN)), assertion, request }
}

impl Verdict {
    fn accepted(&self) -> Vec<Kind> {
        let proof = (self.proof.is_ok() || self.bound.is_ok()).then_some(Kind::Proof);
        let assertion = self.assertion.is_ok().then_some(Kind::Assertion);
        let request = self.request.is_ok().then_some(Kind::Request);
        [proof, assertion, request].into_iter().flatten().collect()
    }

    /// Why it does not count as this.
    fn why(&self, kind: Kind) -> String {
        match kind {
            Kind::Proof => format!("{:?}", self.proof),
            Kind::Assertion => format!("{:?}", self.assertion),
            Kind::Request => format!("{:?}", self.request),
        }
    }
}

impl Signer {
    /// Whether what it signed may count at a client of this kind. A proof brings its own key.
    fn may(self, kind: Kind, client: Self) -> bool {
        match kind {
            Kind::Proof => matches!(self, Self::Key | Self::Stranger),
            Kind::Assertion | Kind::Request => self == client,
        }
    }

    /// The names of what it signs with (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2), the usual one first.
    fn algorithms(self) -> &'static [&'static str] {
        if matches!(self, Self::Key | Self::Stranger) { &["EdDSA", "Ed25519"] } else { &["HS256"] }
    }

    fn key(self) -> &'static TestKey {
        if self == Self::Stranger { &keys().stranger } else { &keys().client }
    }
}

fn signed(signer: Signer, header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let (header, claims) = (json!(header).to_string(), json!(claims).to_string());
    let secret = match signer {
        Signer::Key | Signer::Stranger => return signer.key().token(&header, &claims),
        Signer::Secret => SECRET.to_owned(),
        Signer::Confused => signer.key().signing.public_jwk().x.unwrap_or_default(),
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    compact(&header, &claims, |signed| hmac::sign(&key, signed).as_ref().to_vec())
}

fn right_header(kind: Kind, signer: Signer) -> Value {
    let alg = signer.algorithms()[0];
    match kind {
        Kind::Proof => json!({"alg": alg, "typ": "dpop+jwt", "jwk": signer.key().signing.public_jwk()}),
        Kind::Assertion => json!({"alg": alg, "typ": "client-authentication+jwt", "kid": "k"}),
        Kind::Request => json!({"alg": alg, "typ": "oauth-authz-req+jwt", "kid": "k"}),
    }
}

fn right_claims(kind: Kind) -> Value {
    let now = NOW.seconds();
    match kind {
        Kind::Proof => json!({"jti": "one", "htm": "POST", "htu": ADDRESS, "iat": now}),
        Kind::Assertion => json!({"jti": "one", "iss": ID, "sub": ID, "aud": ISSUER, "iat": now, "exp": now + 60}),
        Kind::Request => json!({
            "jti": "one", "iss": ID, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 60, "client_id": ID,
            "response_type": "code", "scope": "openid", "max_age": 5,
        }),
    }
}

/// A JSON Merge Patch (RFC 7396) of one level.
fn merged(right: Value, changes: &Map<String, Value>) -> Map<String, Value> {
    let mut object = right.as_object().cloned().unwrap_or_default();
    for (name, value) in changes {
        match value {
            Value::Null => drop(object.remove(name)),
            value => drop(object.insert(name.clone(), value.clone())),
        }
    }
    object
}
