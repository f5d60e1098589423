//! Random sequences of operations on codes and tokens, compared with a small reference: over several clients, users,
//! redirect URIs, verifiers, two tenants and a moving clock, every response must be the one that the reference expects.
//! A code or token is never valid for another client, redirect URI, verifier or tenant; a used one never again except
//! in the grace period of docs/adr/0005; scopes never widen. The sequences run once over the rules of the crate `oauth`
//! alone and once over the server.
//!
//! The sequences are the same in every run. PROPTEST_RNG_SEED and PROPTEST_CASES choose others; a failed sequence is
//! written to `failures.txt` and runs first from then on.

mod actors;
mod live_server;
mod operations;
mod reference;
mod rules;

use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed, TestRunner};
use testkit::{TestApp, for_each_engine};

use operations::{Operation, Response};
use reference::Reference;

/// A mistake in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Client,
    Secret,
    Tenant,
    Uri,
    NoUri,
    Verifier,
    NoVerifier,
}

/// One step; codes and tokens are indexed among those issued so far, the newest first.
#[derive(Debug, Clone)]
pub enum Step {
    Authorize { user: usize, client: usize, uri: usize, verifier: Option<usize>, scope: usize },
    Exchange { code: usize, wrong: Vec<Wrong> },
    Refresh { token: usize, scope: Option<usize>, resource: Option<usize>, wrong: Vec<Wrong> },
    Revoke { access: bool, token: usize, wrong: Vec<Wrong> },
    Introspect { access: bool, token: usize, wrong: Vec<Wrong> },
    Userinfo { token: usize, wrong: Vec<Wrong> },
    Suspend { user: usize, suspended: bool },
    Wait { milliseconds: i64 },
}

fn wrong() -> impl Strategy<Value = Vec<Wrong>> {
    use Wrong::*;
    let one = prop::sample::select(vec![Client, Secret, Tenant, Uri, NoUri, Verifier, NoVerifier]);
    prop_oneof![9 => Just(vec![]), 4 => one.clone().prop_map(|one| vec![one]), 1 => prop::collection::vec(one, 2)]
}

/// Mostly the newest.
fn which() -> impl Strategy<Value = usize> {
    prop_oneof![6 => Just(0_usize), 2 => Just(1), 1 => 2..6_usize]
}

/// Mostly within the lifetimes of codes and of the grace period, with both sides of each limit.
fn wait() -> impl Strategy<Value = i64> {
    let short = vec![1, 999, 2_999, 3_000, 59_999, 60_000, 3_599_999, 3_600_000];
    let long = vec![5 * DAY, 9 * DAY, 10 * DAY, 14 * DAY - 1, 14 * DAY, 170 * DAY];
    prop_oneof![3 => prop::sample::select(short), 1 => prop::sample::select(long)]
}

fn authorize() -> impl Strategy<Value = Step> {
    let verifier = prop::option::weighted(0.9, 0..3_usize);
    (0..2_usize, 0..actors::CLIENTS, 0..2_usize, verifier, 0..actors::SCOPES.len())
        .prop_map(|(user, client, uri, verifier, scope)| Step::Authorize { user, client, uri, verifier, scope })
}

fn refresh(token: impl Strategy<Value = usize>) -> impl Strategy<Value = Step> {
    let scope = prop::option::weighted(0.4, 0..actors::NARROWED.len());
    let resource = prop::option::weighted(0.3, 0..actors::RESOURCES.len());
    (token, scope, resource, wrong()).prop_map(|(token, scope, resource, wrong)| Step::Refresh {
        token,
        scope,
        resource,
        wrong,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => authorize(),
        8 => (which(), wrong()).prop_map(|(code, wrong)| Step::Exchange { code, wrong }),
        9 => refresh(which()),
        1 => (any::<bool>(), which(), wrong()).prop_map(|(access, token, wrong)| Step::Revoke { access, token, wrong }),
        3 => (any::<bool>(), which(), wrong()).prop_map(|(access, token, wrong)| Step::Introspect { access, token, wrong }),
        3 => (which(), wrong()).prop_map(|(token, wrong)| Step::Userinfo { token, wrong }),
        1 => (0..2_usize, prop::bool::weighted(0.3)).prop_map(|(user, suspended)| Step::Suspend { user, suspended }),
        4 => wait().prop_map(|milliseconds| Step::Wait { milliseconds }),
    ]
}

const DAY: i64 = 86_400_000;

/// Sequences that random generation would rarely produce: tokens at once, a retry around the end of the grace period,
/// the last moments of a session and of a web application's refresh token.
fn scene() -> impl Strategy<Value = Vec<Step>> {
    let exchange = || Step::Exchange { code: 0, wrong: vec![] };
    let wait = |milliseconds| Step::Wait { milliseconds };
    let around = prop::sample::select(vec![1, 2_999, 3_000]);
    let at_the_end =
        (prop::sample::select(vec![(0, 2, 14 * DAY - 59_999), (1, 0, 10 * DAY), (1, 0, 14 * DAY)]), -1..=1_i64);
    prop_oneof![
        12 => step().prop_map(|step| vec![step]),
        2 => authorize().prop_map(move |step| vec![step, exchange()]),
        2 => (refresh(Just(0)), around, refresh(0..2_usize))
            .prop_map(move |(first, pause, second)| vec![first, wait(pause), second]),
        1 => (at_the_end, refresh(Just(0))).prop_map(move |(((client, scope, pause), more), refresh)| {
            let start = Step::Authorize { user: 0, client, uri: 0, verifier: Some(0), scope };
            vec![start, wait(59_999), exchange(), wait(pause + more), refresh]
        }),
    ]
}

fn life(scenes: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(scene(), scenes).prop_map(|scenes| scenes.concat())
}

fn runner(cases: u32) -> TestRunner {
    let unset = |name: &str| std::env::var_os(name).is_none();
    let mut config = ProptestConfig {
        source_file: Some(file!()),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/it/model/failures.txt"))),
        ..ProptestConfig::default()
    };
    if unset("PROPTEST_CASES") {
        config.cases = cases;
    }
    if unset("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(1);
    }
    TestRunner::new(config)
}

/// The system under test: the rules alone, or the server.
trait SystemUnderTest {
    async fn answer(&mut self, call: Operation) -> Response;
}

/// Runs the steps and compares every response.
async fn play(steps: &[Step], system: &mut impl SystemUnderTest) -> Result<(), TestCaseError> {
    let mut reference = Reference::default();
    for step in steps {
        let Some((call, expected)) = reference.expect(step) else { continue };
        let shown = format!("{step:?} as {call:?}");
        let answer = system.answer(call).await;
        if let Err(fault) = reference.learn(expected, answer) {
            return Err(TestCaseError::fail(format!("{shown}: {fault}")));
        }
    }
    Ok(())
}

#[test]
fn b4_b6_b18_codes_and_tokens_live_as_the_reference_says_by_the_rules() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let lives = life(1..40);
    let ran = runner(2_000).run(&lives, |steps| runtime.block_on(play(&steps, &mut rules::Rules::default())));
    ran.unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn b4_b6_b18_codes_and_tokens_live_as_the_reference_says_on_the_server() {
    for_each_engine(async |app: TestApp| {
        let clients = live_server::RegisteredClients::register(&app).await;
        let lives = life(15..40);
        // A sequence on PostgreSQL takes several times as long.
        let cases = if app.app.settings.db_url.path().is_some() { 100 } else { 25 };
        let handle = tokio::runtime::Handle::current();
        let ran = tokio::task::block_in_place(|| {
            runner(cases).run(&lives, |steps| {
                handle.block_on(async {
                    let mut server = live_server::Server::new(&app, &clients).await;
                    play(&steps, &mut server).await
                })
            })
        });
        ran.unwrap_or_else(|failure| panic!("{failure}"));
    })
    .await;
}
