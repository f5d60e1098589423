//! `fetch` of scripts: through the one client of the server, which reaches no private address unless the operator allows it (attack E1).

use std::time::Instant;

use ::scripts::{Fetch, FetchRequest, FetchResponse};
use axum::http::{HeaderName, HeaderValue, Method};
use outbound::{Outbound, OutboundRequest};

/// Requests of scripts at the same time.
const MAX_CONCURRENT: usize = 32;
const MAX_REDIRECTS: u8 = 5;
const MAX_RESPONSE_BYTES: usize = 256 << 10;
const MAX_REQUEST_BYTES: usize = 64 << 10;
const MAX_HEADERS: usize = 32;
/// Bytes of the address with all headers.
const MAX_HEAD_BYTES: usize = 16 << 10;
/// About the connection, which is the client's business.
const OF_CONNECTION: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Answers `fetch` on the runtime that it is called in.
pub(super) fn fetch(outbound: &Outbound) -> Fetch {
    let (outbound, runtime) = (outbound.apart(MAX_CONCURRENT), tokio::runtime::Handle::current());
    std::sync::Arc::new(move |request, answer| {
        let outbound = outbound.clone();
        runtime.spawn(async move { answer.send(send(&outbound, request).await) });
    })
}

async fn send(outbound: &Outbound, request: FetchRequest) -> Result<FetchResponse, String> {
    let response = outbound.send(checked(request)?).await.map_err(|error| error.to_string())?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(FetchResponse {
        status: response.status.as_u16(),
        url: response.url.to_string(),
        headers: response.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: String::from_utf8_lossy(&response.body).into_owned(),
    })
}

fn checked(request: FetchRequest) -> Result<OutboundRequest, String> {
    let method = request.method.to_ascii_uppercase();
    let method = Method::from_bytes(method.as_bytes()).ok().filter(|method| {
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method)
    });
    let method = method.ok_or("the method must be GET, HEAD, POST, PUT, PATCH or DELETE")?;
    let body = request.body.unwrap_or_default();
    if body.len() > MAX_REQUEST_BYTES || request.headers.len() > MAX_HEADERS {
        return Err(format!("a request may have {MAX_HEADERS} headers and {MAX_REQUEST_BYTES} bytes"));
    }
    let head = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() + request.url.len();
    if head > MAX_HEAD_BYTES {
        return Err(format!("address and headers of a request may have {MAX_HEAD_BYTES} bytes"));
    }
    let mut made = OutboundRequest::new(method, &request.url).map_err(|error| error.to_string())?;
    // The content type is among the headers.
    made = made.body("application/octet-stream", body);
    for (name, value) in request.headers {
        let refused = || format!("the header {} can't be sent", name.chars().take(64).collect::<String>());
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
        if OF_CONNECTION.contains(&parsed.as_str()) {
            return Err(refused());
        }
        made = made.header(parsed, HeaderValue::from_str(&value).map_err(|_| refused())?);
    }
    let left = request.deadline.saturating_duration_since(Instant::now());
    Ok(made.deadline(left).max_response_bytes(MAX_RESPONSE_BYTES).follow_redirects(MAX_REDIRECTS))
}

#[cfg(test)]
mod tests {
    use ::scripts::{Failure, Run};
    use serde_json::json;

    use super::super::pool;
    use super::*;

    #[tokio::test]
    async fn e1_a_script_reaches_no_private_address() {
        let pool = pool(&Outbound::new("".parse().unwrap()).unwrap());
        for url in [
            "http://127.0.0.1:3001/api/status",
            "http://localhost/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://2130706433/",
            "http://10.0.0.1/",
        ] {
            let source = format!("const run = async () => fetch('{url}')");
            let (source, argument) = (source.into(), json!({}));
            let outcome = pool.run(Run { owner: "t", source, function: "run", argument, can_deny: false }).await;
            let is_refused = matches!(&outcome, Err(Failure::Runtime(text)) if text.contains("OUTBOUND_ALLOW"));
            assert!(is_refused, "{url}: {outcome:?}");
        }
    }
}
