//! Captchas: the provider, the built-in proof of work, the services of others, on pages and in the API (E085, E086, H105–H107,
//! M260–M262, D017; trace 20-21).

mod pages;
mod proof_of_work;
mod provider;
mod services;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse};

use crate::applications::call;
use crate::experience::fixture::Browser;

const PATH: &str = "/api/captcha-provider";

/// Asks for captchas of this provider.
async fn ask(app: &TestApp, config: Value) {
    call(app, "PUT", PATH, json!({"config": config})).await.expect(200);
    call(app, "PATCH", "/api/sign-in-exp", json!({"captchaPolicy": {"enabled": true}})).await.expect(200);
}

fn turnstile() -> Value {
    json!({"type": "Turnstile", "siteKey": "site-key", "secretKey": "secret-key"})
}

/// Does the work of a challenge.
fn solve(challenge: &str, bits: u64, puzzles: u64) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(challenge).unwrap();
    let is_solution = |index: u8, number: u32| {
        let hash = digest(&SHA256, &[&bytes, [index].as_slice(), &number.to_be_bytes()].concat());
        let first = u64::from_be_bytes(hash.as_ref()[..8].try_into().unwrap());
        u64::from(first.leading_zeros()) >= bits
    };
    let number = |index: u8| (0..).find(|number| is_solution(index, *number)).unwrap();
    (0..puzzles as u8).fold(challenge.to_owned(), |text, index| format!("{text}.{}", number(index)))
}

/// A challenge for a page of one's own, with its solution.
async fn solution(browser: &Browser) -> String {
    let asked = browser.request("POST", "/api/experience/captcha-challenge").send().await.expect(200).json();
    let number = |name: &str| asked[name].as_u64().unwrap();
    solve(asked["challenge"].as_str().unwrap(), number("bits"), number("puzzles"))
}

async fn start_with(browser: &Browser, event: &str, token: &str) -> TestResponse {
    browser.put("", json!({"interactionEvent": event, "captchaToken": token})).await
}
