//! Many strangers ask for codes and guess them: what that costs everybody else.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::sign_ins::{Working, asking_for_tokens};
use super::starts;
use crate::flows::Browser;
use crate::http::{Connection, ServerBusy};
use crate::load::{self, ClientResult, Load};
use crate::plan::{Engine, Plan};
use crate::table::Table;
use crate::target::{SIGNING_IN, Target};
use crate::{BoxError, storage};

pub const STORM: &str = "codes asked for and guessed in a storm";
pub const CALM: &str = "token endpoint during a storm of codes";
pub const MEMORY: &str = "storm of codes, memory peak";

const CLIENTS: usize = 64;
/// Guesses at a code before another is asked for.
const GUESSES: usize = 10;

/// 64 clients against four that request tokens, on a server of its own, whose peak of memory is that of this load. No connector
/// is set up: messages go to the development inbox, so that no other server is measured.
///
/// # Errors
/// The first failure of a request or of the server.
pub async fn measure(plan: &Plan, engine: &Engine, directory: &Path, table: &mut Table) -> Result<(), BoxError> {
    if ![STORM, CALM, MEMORY].iter().any(|name| plan.wants(name)) {
        return Ok(());
    }
    let url = storage::fresh_database(engine, directory, "codes").await?;
    let (server, _) = starts::start(plan, &url).await?;
    let target = Arc::new(Target::own(&server, SIGNING_IN).await?);
    allow_codes(&target).await?;
    let (mut stormy, mut calm) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        let storm = Load { clients: CLIENTS, seconds: plan.seconds, process: None };
        let asking = Load { clients: 4, ..storm };
        let (codes, tokens) =
            tokio::join!(load::run(storm, guessing(&target)), load::run(asking, asking_for_tokens(&target)));
        stormy.push(codes?);
        calm.push(tokens?);
    }
    let (memory, peak) = server.process().map(|process| process.memory()).unzip();
    table.rate((engine.name, CALM), 4, &calm, memory);
    table.rate((engine.name, STORM), CLIENTS, &stormy, memory);
    table.samples((engine.name, MEMORY, " MB"), None, peak.into_iter().collect());
    server.stop().await
}

/// E-mail addresses sign in with codes.
async fn allow_codes(target: &Target) -> Result<(), BoxError> {
    let method = json!({"identifier": "email", "password": true, "verificationCode": true, "isPasswordPrimary": true});
    let change = json!({"signIn": {"methods": [method]}, "signUp": {"identifiers": ["email"], "password": true, "verify": true}});
    let headers = [("authorization", target.bearer.as_str())];
    let body = Some(("application/json", change.to_string()));
    let mut connection = Connection::open(&target.authority).await?;
    connection.send(("PATCH", "/api/sign-in-exp"), &headers, body).await?.expect(200).map(drop)
}

/// Asks for a code and guesses it, again and again: each request is a unit, whatever its answer.
fn guessing(target: &Arc<Target>) -> impl Fn(usize, std::time::Instant) -> Working {
    let target = Arc::clone(target);
    move |client, deadline| {
        let target = Arc::clone(&target);
        Box::pin(async move {
            let mut stranger = Stranger::new(&target, client).await?;
            ClientResult::until(deadline, async move || stranger.next().await).await
        })
    }
}

struct Stranger {
    browser: Browser,
    client: usize,
    asked: usize,
    verification_id: String,
    /// What comes next: 0 asks for a code.
    turn: usize,
}

impl Stranger {
    async fn new(target: &Target, client: usize) -> Result<Self, BoxError> {
        let mut browser = Browser::open(&target.authority).await?;
        browser.authorize(&target.web).await?;
        browser.begin().await?;
        Ok(Self { browser, client, asked: 0, verification_id: String::new(), turn: 0 })
    }

    async fn next(&mut self) -> Result<bool, BoxError> {
        // Each time another address: one alone soon has had enough messages, and is refused for little.
        let address = format!("stranger{}-{}@example.com", self.client, self.asked);
        let identifier = json!({"type": "email", "value": address});
        let answer = match self.turn {
            0 => {
                let body = json!({"identifier": identifier, "interactionEvent": "SignIn"});
                self.browser.step("verification/verification-code", body).await
            }
            guess => {
                let code = format!("{guess:06}");
                let body = json!({"identifier": identifier, "verificationId": self.verification_id, "code": code});
                self.browser.step("verification/verification-code/verify", body).await
            }
        };
        self.turn = (self.turn + 1) % (GUESSES + 1);
        match answer {
            Ok(begun) => self.verification_id = begun["verificationId"].as_str().unwrap_or_default().to_owned(),
            Err(refused) if refused.is::<ServerBusy>() => return Ok(false),
            // Wrong, locked, or enough messages: what a storm is answered.
            Err(refused) if refused.to_string().contains(": 4") => {}
            Err(failure) => return Err(failure),
        }
        if self.turn == 0 {
            self.asked += 1;
        }
        Ok(true)
    }
}
