//! What comes out of runs.

use serde_json::json;

use super::run;
use crate::Failure;

#[tokio::test]
async fn a_function_of_any_form_is_called_with_its_argument() {
    for source in [
        "const run = async ({ n }) => ({ twice: n * 2 });",
        "let run = ({ n }) => ({ twice: n * 2 });",
        "function run({ n }) { return { twice: n * 2 }; }",
        "var run = function (argument) { return Promise.resolve({ twice: argument.n * 2 }); };",
        "class Made { then(done) { done({ twice: 4 }); } } const run = () => new Made();",
        "globalThis.run = async ({ n }) => { await null; return { twice: n?.valueOf() ** 2 }; };",
    ] {
        assert_eq!(run(source).await, Ok(Some(json!({"twice": 4}))), "{source}");
    }
}

#[tokio::test]
async fn undefined_is_told_from_null_and_other_json() {
    for (returned, expected) in
        [("", None), ("null", Some(json!(null))), ("'text'", Some(json!("text"))), ("[1, {}]", Some(json!([1, {}])))]
    {
        assert_eq!(run(&format!("const run = () => {{ return {returned} }}")).await, Ok(expected), "{returned}");
    }
}

#[tokio::test]
async fn failures_say_what_they_are() {
    let failure = async |source: &str| run(source).await.unwrap_err();
    assert_eq!(failure("const run = () => { throw new Error('boom') }").await, Failure::Runtime("Error: boom".into()));
    assert_eq!(failure("const run = () => { throw {a: 1} }").await, Failure::Runtime("{\"a\":1}".into()));
    assert!(matches!(failure("const run = (").await, Failure::Syntax(text) if text.contains("SyntaxError")));
    assert!(matches!(failure("const run = () => undefined.x").await, Failure::Type(_)));
    for source in ["", "const run = 1", "const other = () => 1"] {
        assert_eq!(failure(source).await, Failure::Type("the script has no function run".into()), "{source}");
    }
    for source in
        ["const run = () => run", "const run = () => 1n", "const run = () => { const a = {}; return a.a = a }"]
    {
        assert!(matches!(failure(source).await, Failure::Type(_)), "{source}");
    }
    let forever = failure("const run = () => new Promise(() => {})").await;
    assert!(matches!(forever, Failure::Runtime(text) if text.contains("nothing settles")));
}

#[tokio::test]
async fn a_denial_stands_whatever_the_script_does_afterwards() {
    for source in [
        "const run = ({ api }) => api.denyAccess('no');",
        "const run = async ({ api }) => { try { api.denyAccess('no') } catch {} return { a: 1 } };",
        "const run = async ({ api }) => { try { api.denyAccess('no') } catch {} for (;;) {} };",
        "const run = async ({ api }) => { try { api.denyAccess('no') } finally { api.denyAccess('other') } };",
    ] {
        assert_eq!(run(source).await, Err(Failure::Denied("no".into())), "{source}");
    }
    let long = run("const run = ({ api }) => api.denyAccess('x'.repeat(1e6))").await;
    assert!(matches!(long, Err(Failure::Denied(text)) if text.len() == 1000));
}

#[tokio::test]
async fn fetch_reaches_the_host_and_nothing_else() {
    let source = "const run = async () => {
        const [one, two] = await Promise.all([
            fetch('https://echo.example', { method: 'POST', headers: { 'X-A': 'b' }, body: JSON.stringify({ c: 1 }) }),
            fetch('https://echo.example'),
        ]);
        const sent = await one.json();
        return {
            sent, ok: one.ok, status: one.status, type: one.headers.get('Content-Type'), url: two.url,
            method: JSON.parse(await two.text()).method,
        };
    }";
    let sent = json!({
        "method": "POST", "headers": [["x-a", "b"], ["content-type", "text/plain;charset=UTF-8"]], "body": "{\"c\":1}"
    });
    let expected = json!({
        "sent": sent, "ok": true, "status": 201, "type": "application/json", "url": "https://echo.example", "method": "GET"
    });
    assert_eq!(run(source).await, Ok(Some(expected)));
    let failed = run("const run = async () => fetch('https://other.example')").await;
    assert_eq!(failed, Err(Failure::Runtime("Error: no connection to https://other.example".into())));
    let caught = "const run = async () => { try { await fetch('x') } catch (error) { return error.message } }";
    assert_eq!(run(caught).await, Ok(Some(json!("no connection to x"))));
}

#[tokio::test]
async fn the_language_is_there_and_the_machine_is_not() {
    let source =
        "const run = () => ['process', 'require', 'module', 'Deno', 'std', 'os', 'setTimeout', 'WebAssembly', 'Worker']
        .filter((name) => name in globalThis)";
    assert_eq!(run(source).await, Ok(Some(json!([]))));
    let source = "const run = () => { console.log('x'); return [[3, 1, 2].toSorted(), 'a-b'.replaceAll('-', '+'),
        Object.groupBy([1, 2], (n) => n % 2 ? 'odd' : 'even'), new Date(0).toISOString(), structured?.a ?? 'none', /\\p{L}/u.test('é')] };
        var structured;";
    let expected = json!([[1, 2, 3], "a+b", {"odd": [1], "even": [2]}, "1970-01-01T00:00:00.000Z", "none", true]);
    assert_eq!(run(source).await, Ok(Some(expected)));
    let imported = run("const run = () => import('fs')").await;
    assert!(imported.is_err(), "{imported:?}");
    assert!(matches!(run("import fs from 'fs'; const run = () => 1").await, Err(Failure::Syntax(_))));
}
