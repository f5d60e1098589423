//! Attack E4: scripts that shall take the server with them.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{pool, run, script};
use crate::Failure;

#[tokio::test]
async fn e4_endless_loops_end() {
    for body in [
        "for (;;) {}",
        "while (true) { try { throw 1 } catch {} }",
        "const again = () => Promise.resolve().then(again); return again()",
        "const again = async () => { for (;;) await null }; return again()",
        "return /^(a+)+$/.test('a'.repeat(40) + 'b')",
        "return { toJSON() { for (;;) {} } }",
        "return { then() { for (;;) {} } }",
        "return { get a() { for (;;) {} } }",
        "throw { get name() { for (;;) {} }, toString() { for (;;) {} } }",
        "return new Proxy({}, { ownKeys() { for (;;) {} } })",
        "return [...(function* () { for (;;) yield })()].length",
        "return fetch('https://silent.example')",
        "for (;;) { try { for (;;) {} } catch {} finally { continue } }",
        "return Array.from({ length: 1e9 }, (_, n) => n)",
        "return 'a'.repeat(1e6).split('').sort(() => { for (;;) {} })",
    ] {
        let began = Instant::now();
        let outcome = run(&format!("const run = () => {{ {body} }}")).await;
        let ended = match &outcome {
            Err(Failure::Timeout | Failure::OutOfMemory) => true,
            Err(Failure::Runtime(text)) => body.contains("then(again)") && text.contains("ran out of memory"),
            _ => false,
        };
        assert!(ended, "{body}: {outcome:?}");
        assert!(began.elapsed() < Duration::from_secs(2), "{body}: {:?}", began.elapsed());
    }
    let outcome = run("for (;;) {}").await;
    assert_eq!(outcome, Err(Failure::Timeout), "also before the function is called");
}

#[tokio::test]
async fn e4_memory_is_bounded() {
    for body in [
        "const all = []; for (;;) all.push(new Array(1000).fill('x'))",
        "let text = 'x'; for (;;) text += text",
        "return new ArrayBuffer(1e9)",
        "return 'x'.repeat(5e8)",
        "const all = new Map(); for (let n = 0; ; n++) all.set(n, String(n))",
        "return new Uint8Array(3e7)",
        "let n = 2n; for (;;) n *= n",
        "return new Array(1e7).fill({}).map(() => ({ a: 1 }))",
    ] {
        let outcome = run(&format!("const run = () => {{ {body} }}")).await;
        let is_refused = matches!(outcome, Err(Failure::OutOfMemory | Failure::Timeout | Failure::Runtime(_)));
        assert!(is_refused, "{body}: {outcome:?}");
    }
    let outcome = run("const run = () => { const all = []; for (;;) all.push(new Array(1e5).fill(0)) }").await;
    assert_eq!(outcome, Err(Failure::OutOfMemory));
    // One that lives on after it ran out is no danger.
    let caught = "const run = () => { try { 'x'.repeat(5e8) } catch { return 'caught' } }";
    assert_eq!(run(caught).await, Ok(Some(json!("caught"))));
}

#[tokio::test]
async fn e4_recursion_is_bounded() {
    for body in [
        "const down = () => down(); return down()",
        "const down = (n) => [n].map(down); return down(1)",
        "const down = () => JSON.stringify({ toJSON: down }); return down()",
        "let deep = []; for (let n = 0; n < 1e5; n++) deep = [deep]; return deep",
        "let deep = []; for (let n = 0; n < 200; n++) deep = [deep]; return deep",
        "const proxy = new Proxy({}, {}); Object.setPrototypeOf(proxy, proxy); return proxy.x",
        "return new RegExp('('.repeat(1e5) + ')'.repeat(1e5)).test('a')",
        "return eval('['.repeat(1e5))",
        "return JSON.parse('['.repeat(1e5) + ']'.repeat(1e5)).length",
    ] {
        let outcome = run(&format!("const run = () => {{ {body} }}")).await;
        let is_survived =
            matches!(outcome, Err(Failure::Runtime(_) | Failure::Type(_) | Failure::Syntax(_) | Failure::Timeout));
        assert!(is_survived || outcome == Ok(Some(json!(1))), "{body}: {outcome:?}");
    }
}

#[tokio::test]
async fn e4_results_and_fetches_are_bounded() {
    let huge = run("const run = () => 'x'.repeat(60000)").await;
    assert_eq!(huge, Err(Failure::Type("the result is larger than 51200 bytes".into())));
    let many = "const run = async () => { for (let n = 0; n < 20; n++) await fetch('https://echo.example') }";
    assert_eq!(run(many).await, Err(Failure::Runtime("Error: a script may call fetch 10 times".into())));
    let long = run("const run = () => { throw new Error('x'.repeat(1e6)) }").await;
    assert!(matches!(long, Err(Failure::Runtime(text)) if text.len() == 1000));
}

#[tokio::test]
async fn e4_nothing_of_a_run_is_left_for_the_next() {
    let pool = pool();
    let dirty = "const run = () => {
        Object.prototype.polluted = 1; Array.prototype.map = () => 'mine'; globalThis.left = 1; JSON.stringify = () => 'mine';
        Promise.prototype.then = null; globalThis.run = 1; delete globalThis.Map; console.log = null; return 1;
    }";
    for _ in 0..4 {
        assert_eq!(pool.run(script(dirty)).await, Ok(Some(json!(1))));
    }
    let clean =
        "const run = async () => [({}).polluted ?? 'none', [1].map((n) => n + 1)[0], typeof left, JSON.stringify([]),
        await Promise.resolve(1).then((n) => n), typeof Map, typeof console.log]";
    for _ in 0..4 {
        let expected = json!(["none", 2, "undefined", "[]", 1, "function", "function"]);
        assert_eq!(pool.run(script(clean)).await, Ok(Some(expected)));
    }
}

#[tokio::test]
async fn e4_what_no_clock_stops_holds_up_nobody_for_longer() {
    let pool = pool();
    // Looks for a text in a text, in one step of the engine.
    let stuck = "const run = () => ('a'.repeat(4e6)).indexOf('a'.repeat(2e6) + 'b')";
    let began = Instant::now();
    assert_eq!(pool.run(script(stuck)).await, Err(Failure::Timeout));
    assert_eq!(pool.run(script(stuck)).await, Err(Failure::Timeout));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    for _ in 0..4 {
        assert_eq!(
            pool.run(script("const run = () => 1")).await,
            Ok(Some(json!(1))),
            "two threads, one or two of them lost"
        );
    }
    let began = Instant::now();
    assert_eq!(pool.run(script(stuck)).await, Err(Failure::Timeout));
    assert!(began.elapsed() < Duration::from_millis(100), "it does not run again");
}

#[tokio::test]
async fn e4_a_script_may_not_wait_for_other_threads() {
    let body = "return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)";
    let outcome = run(&format!("const run = () => {{ {body} }}")).await;
    assert!(matches!(outcome, Err(Failure::Type(_) | Failure::Runtime(_))), "{outcome:?}");
}
