//! Looks new passwords up among breached ones by k-anonymity: the service gets the first five digits of the SHA-1 digest and
//! answers with the rest of every breached digest that begins so. What it can't answer in time refuses nobody.

use std::time::Duration;

use aws_lc_rs::digest;
use axum::http::{HeaderName, HeaderValue};
use flow::FlowError;
use flow::experience::PasswordPolicy;
use flow::password::{AcceptedPassword, PasswordOwner};
use kernel::hex;
use outbound::{Outbound, OutboundRequest};

use crate::callers::RequestContext;
use crate::fair_share::{ClientNetwork, Places};

/// A person waits for it.
const DEADLINE: Duration = Duration::from_secs(2);
/// Look-ups at the same time, and those of one network.
const MAX_LOOKUPS: usize = 64;
const MAX_LOOKUPS_OF_NETWORK: usize = 16;
/// The digits of a digest that are sent.
const PREFIX_DIGITS: usize = 5;
/// Without padding the size of the answer would tell an onlooker which digits were sent.
const ADD_PADDING: HeaderName = HeaderName::from_static("add-padding");

/// Asks the service. Strangers cause it, so it takes no place of other calls, and no network takes all of its own.
pub struct PasswordLookups {
    outbound: Outbound,
    places: Places<()>,
}

impl PasswordLookups {
    /// With connections apart from those of `outbound`.
    pub(crate) fn new(outbound: &Outbound) -> Self {
        Self { outbound: outbound.apart(MAX_LOOKUPS), places: Places::new(MAX_LOOKUPS, MAX_LOOKUPS_OF_NETWORK) }
    }
}

/// Lets a new password through by the policy, after looking it up where `BREACHED_PASSWORDS_URL` says so.
///
/// # Errors
/// [`FlowError::PasswordRejected`] with every issue.
pub async fn accept(
    request: &RequestContext,
    policy: &PasswordPolicy,
    password: &str,
    owner: &PasswordOwner,
) -> Result<AcceptedPassword, FlowError> {
    let candidate = policy.candidate(password, owner)?;
    let is_breached = match (&request.app.settings.breached_passwords_url, candidate.to_look_up()) {
        (Some(base), Some(text)) => look_up(&request.app.password_lookups, request.ip.network(), base, text).await,
        _ => false,
    };
    candidate.accept(is_breached)
}

/// Whether the service knows the password; false, with a line in the log, where it does not say.
async fn look_up(lookups: &PasswordLookups, network: ClientNetwork, base: &str, password: &str) -> bool {
    let Some(_place) = lookups.places.take(&(), network) else {
        tracing::warn!("a new password was not looked up: there is no place for its network now");
        return false;
    };
    let digest = hex::encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes()).as_ref());
    let (prefix, rest) = digest.split_at(PREFIX_DIGITS);
    match range(&lookups.outbound, &format!("{base}/range/{}", prefix.to_uppercase())).await {
        Ok(lines) => lines.lines().any(|line| is_breach(line, rest)),
        Err(reason) => {
            tracing::warn!(%reason, "a new password was not looked up at BREACHED_PASSWORDS_URL");
            false
        }
    }
}

async fn range(outbound: &Outbound, url: &str) -> Result<String, String> {
    let request = OutboundRequest::get(url).map_err(|error| error.to_string())?;
    let request = request.deadline(DEADLINE).header(ADD_PADDING, HeaderValue::from_static("true"));
    let response = outbound.send(request).await.map_err(|error| error.to_string())?;
    match response.status.is_success() {
        true => Ok(String::from_utf8_lossy(&response.body).into_owned()),
        false => Err(format!("the status is {}", response.status)),
    }
}

/// Whether a line, `REST:COUNT`, is about this digest. Lines that only pad the answer have the count 0.
fn is_breach(line: &str, rest: &str) -> bool {
    line.trim().split_once(':').is_some_and(|(suffix, count)| {
        suffix.eq_ignore_ascii_case(rest) && count.trim().parse::<u64>().is_ok_and(|count| count > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fair_share::tests::network;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// The digest of `password` begins with 5BAA6.
    const REST: &str = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";

    /// Answers one request on loopback with these lines, and returns the request.
    async fn ask(status: &str, lines: &str) -> (bool, String) {
        ask_as(&lookups(), network("192.0.2.1"), status, lines).await
    }

    async fn ask_as(lookups: &PasswordLookups, network: ClientNetwork, status: &str, lines: &str) -> (bool, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/api", listener.local_addr().unwrap());
        let answer =
            format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{lines}", lines.len());
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(request).unwrap()
        };
        tokio::join!(look_up(lookups, network, &base, "password"), server)
    }

    fn lookups() -> PasswordLookups {
        PasswordLookups::new(&Outbound::new("127.0.0.1".parse().unwrap()).unwrap())
    }

    #[tokio::test]
    async fn only_five_digits_leave_and_the_answer_is_compared_here() {
        let (found, request) =
            ask("200 OK", &format!("0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n{REST}:52256179\r\n")).await;
        assert!(found);
        assert!(request.starts_with("GET /api/range/5BAA6 HTTP/1.1\r\n"), "{request}");
        assert!(request.to_lowercase().contains("\r\nadd-padding: true\r\n"), "{request}");
        assert!(!request.to_uppercase().contains("1E4C9"), "{request}");
    }

    #[tokio::test]
    async fn padding_other_digests_and_failures_refuse_nobody() {
        let padding = format!("{REST}:0\r\n");
        for (status, lines) in [
            ("200 OK", padding.as_str()),
            ("200 OK", "0018A45C4D1DEF81644B54AB7F969B88D65:7"),
            ("200 OK", ""),
            ("200 OK", "1E4C9B93F3F0682250B6CF8331B7EE68FD8"),
            ("429 Too Many Requests", &format!("{REST}:9")),
            ("503 Service Unavailable", "later"),
        ] {
            assert!(!ask(status, lines).await.0, "{status} {lines}");
        }
        assert!(!look_up(&lookups(), network("192.0.2.1"), "http://127.0.0.1:9", "password").await);
    }

    #[tokio::test]
    async fn a_service_that_does_not_answer_is_waited_for_a_short_time() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let limit = DEADLINE + Duration::from_secs(2);
        let lookups = lookups();
        let found = tokio::time::timeout(limit, look_up(&lookups, network("192.0.2.1"), &base, "password")).await;
        assert_eq!(found, Ok(false));
    }

    #[tokio::test]
    async fn g1_one_network_keeps_no_other_from_asking() {
        let (lookups, greedy) = (lookups(), network("192.0.2.1"));
        let held: Vec<_> =
            (0..MAX_LOOKUPS_OF_NETWORK).map(|_| lookups.places.take(&(), greedy).expect("a place")).collect();
        assert!(lookups.places.take(&(), greedy).is_none());
        let (found, _) = ask_as(&lookups, network("192.0.2.2"), "200 OK", &format!("{REST}:1")).await;
        assert!(found, "another network is served");
        drop(held);
    }
}
