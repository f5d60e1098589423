//! Threads and those that wait for one.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{pool, script};
use crate::{Failure, Run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_and_recovers() {
    let pool = pool();
    let slow = || {
        let pool = pool.clone();
        tokio::spawn(async move { pool.run(script("const run = () => { for (;;) {} }")).await })
    };
    let waiting: Vec<_> = (0..12).map(|_| slow()).collect();
    let mut outcomes = Vec::new();
    for one in waiting {
        outcomes.push(one.await.unwrap());
    }
    let busy = outcomes.iter().filter(|outcome| **outcome == Err(Failure::Busy)).count();
    assert!((6..=8).contains(&busy), "two run and four of eight may wait: {outcomes:?}");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(Failure::Busy | Failure::Timeout))), "{outcomes:?}");
    assert_eq!(pool.run(script("const run = () => 1")).await, Ok(Some(json!(1))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_owner_leaves_places_and_a_thread_for_others() {
    let pool = pool();
    let all: Vec<_> = (0..12)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(
                async move { pool.run(script("const run = async () => fetch('https://silent.example')")).await },
            )
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let other = Run { owner: "other", ..script("const run = () => 1") };
    assert_eq!(pool.run(other).await, Ok(Some(json!(1))), "all threads but one may hang at one owner's scripts");
    for one in all {
        one.await.unwrap().unwrap_err();
    }
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_is_left_out() {
    let pool = pool();
    let began = Instant::now();
    for _ in 0..20 {
        let run =
            pool.run(script("const run = () => { const end = Date.now() + 50; while (Date.now() < end) {} return 1 }"));
        let _ = tokio::time::timeout(Duration::from_millis(1), run).await;
    }
    assert_eq!(pool.run(script("const run = () => 1")).await, Ok(Some(json!(1))));
    assert!(began.elapsed() < Duration::from_millis(900), "{:?}", began.elapsed());
}
