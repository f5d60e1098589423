//! Storing scripts, and runs to test them.

use serde_json::{Value, json};
use testkit::{DatabaseSnapshot, TestApp, for_each_engine};

use super::{ACTIONS, CUSTOMIZERS, customize, customize_with, entries};
use crate::applications::{call, delete, get};

const SCRIPT: &str = "const getCustomJwtClaims = async () => ({});";

#[tokio::test]
async fn scripts_for_claims_are_stored_as_trace_30_21_has_it() {
    for_each_engine(async |app: TestApp| {
        let path = format!("{CUSTOMIZERS}/access-token");
        let bad = json!({"script": SCRIPT, "environmentVariables": {}, "contextSample": {}});
        let refused = customize_with(&app, "access-token", bad).await.expect_error(400, "guard.invalid_input").json();
        let issue = &refused["data"]["issues"][0];
        assert_eq!(issue["path"], json!(["contextSample", "user"]));
        assert_eq!(
            (&issue["code"], &issue["expected"], &issue["received"]),
            (&json!("invalid_type"), &json!("object"), &json!("undefined"))
        );
        get(&app, &path).await.expect_error(404, "entity.not_exists_with_id");
        call(&app, "PATCH", &path, json!({"script": SCRIPT})).await.expect_error(404, "entity.not_exists_with_id");

        let body = json!({"script": SCRIPT, "environmentVariables": {"A": "b"}});
        assert_eq!(customize_with(&app, "access-token", body.clone()).await.expect(201).json(), body);
        assert_eq!(get(&app, &path).await.expect(200).json(), body);
        assert_eq!(customize(&app, "access-token", SCRIPT).await.expect(200).json(), json!({"script": SCRIPT}));
        customize(&app, "client-credentials", SCRIPT).await.expect(201);
        let expected = json!([
            {"key": "jwt.accessToken", "value": {"script": SCRIPT}},
            {"key": "jwt.clientCredentials", "value": {"script": SCRIPT}},
        ]);
        assert_eq!(get(&app, CUSTOMIZERS).await.expect(200).json(), expected);
        let patch =
            json!({"blockIssuanceOnError": true, "contextSample": {"user": {"id": "u"}}, "tokenSample": {"jti": "1"}});
        let patched = call(&app, "PATCH", &path, patch.clone()).await.expect(200).json();
        let mut expected = json!({"script": SCRIPT});
        expected.as_object_mut().unwrap().extend(patch.as_object().cloned().unwrap());
        assert_eq!(patched, expected);
        for kind in ["access-token", "client-credentials"] {
            delete(&app, &format!("{CUSTOMIZERS}/{kind}")).await.expect(204);
            delete(&app, &format!("{CUSTOMIZERS}/{kind}")).await.expect_error(404, "entity.not_exists_with_id");
        }
        let unknown = get(&app, &format!("{CUSTOMIZERS}/bogus")).await.expect_error(400, "guard.invalid_input").json();
        let issue = &unknown["data"]["issues"][0];
        assert_eq!(
            (&issue["code"], &issue["received"], &issue["options"], &issue["path"]),
            (
                &json!("invalid_enum_value"),
                &json!("bogus"),
                &json!(["access-token", "client-credentials"]),
                &json!(["tokenTypePath"])
            )
        );
    })
    .await;
}

#[tokio::test]
async fn actions_are_stored_as_trace_40_16_has_it() {
    for_each_engine(async |app: TestApp| {
        assert_eq!(get(&app, ACTIONS).await.expect(200).json(), json!([]));
        let path = format!("{ACTIONS}/action.postSignIn");
        get(&app, &path).await.expect_error(404, "entity.not_exists_with_id");
        let body = json!({"script": "const postSignIn = async () => {};"});
        assert_eq!(call(&app, "PUT", &path, body.clone()).await.expect(201).json(), body);
        assert_eq!(call(&app, "PUT", &path, body.clone()).await.expect(200).json(), body);
        let patch = json!({"enabled": false, "onExecutionError": "allow", "contextSample": [1]});
        let patched = call(&app, "PATCH", &path, patch).await.expect(200).json();
        let expected =
            json!({"script": body["script"], "contextSample": [1], "enabled": false, "onExecutionError": "allow"});
        assert_eq!(patched, expected);
        assert_eq!(
            get(&app, ACTIONS).await.expect(200).json(),
            json!([{"key": "action.postSignIn", "value": expected}])
        );
        for bad in [
            json!({}),
            json!({"script": "x", "other": 1}),
            json!({"script": "x", "onExecutionError": "maybe"}),
            json!({"script": "x", "environmentVariables": {"A": 1}}),
            json!({"script": "x".repeat(131_073)}),
        ] {
            call(&app, "PUT", &path, bad).await.expect_error(400, "guard.invalid_input");
        }
        call(&app, "PATCH", &path, json!({"other": 1})).await.expect_error(400, "guard.invalid_input");
        get(&app, &format!("{ACTIONS}/action.other")).await.expect_error(400, "guard.invalid_input");
        delete(&app, &path).await.expect(204);
        delete(&app, &path).await.expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}

async fn try_claims(app: &TestApp, script: &str) -> testkit::TestResponse {
    let body = json!({
        "tokenType": "client-credentials", "script": script, "token": {"kind": "ClientCredentials"}, "context": {},
        "environmentVariables": {"KEY": "value"},
    });
    call(app, "POST", &format!("{CUSTOMIZERS}/test"), body).await
}

#[tokio::test]
async fn a_script_for_claims_is_tried_out_with_what_it_would_be_told() {
    for_each_engine(async |app: TestApp| {
        let script = "const getCustomJwtClaims = async ({ token, context, environmentVariables, api }) =>
            ({ a: token.kind, context, environmentVariables, api: typeof api.denyAccess });";
        let expected = json!({"a": "ClientCredentials", "context": {}, "environmentVariables": {"KEY": "value"}, "api": "function"});
        assert_eq!(try_claims(&app, script).await.expect(200).json(), expected);
        for (body, status, error) in [
            ("api.denyAccess('not you')", 403, "AccessDenied"),
            ("(", 422, "SyntaxError"),
            ("undefined.x", 422, "TypeError"),
            ("1", 422, "TypeError"),
            ("(() => { throw new Error('boom') })()", 500, "Error"),
        ] {
            let script = format!("const getCustomJwtClaims = async ({{ api }}) => {body};");
            let refused = try_claims(&app, &script).await.expect_error(status, "jwt_customizer.general").json();
            assert_eq!(refused["data"]["error"], error, "{body}");
        }
        let denied = try_claims(&app, "function getCustomJwtClaims({ api }) { api.denyAccess('not you') }").await.json();
        assert_eq!(denied["data"]["message"], "not you");
        let body = json!({"tokenType": "access-token", "script": script, "token": {}, "context": {}});
        let refused = call(&app, "POST", &format!("{CUSTOMIZERS}/test"), body).await.expect_error(400, "guard.invalid_input");
        assert_eq!(refused.json()["data"]["issues"][0]["path"], json!(["context", "user"]));
    })
    .await;
}

#[tokio::test]
async fn an_action_is_tried_out_and_answers_with_any_json_or_none() {
    for_each_engine(async |app: TestApp| {
        let attempt = async |script: &str| {
            let body = json!({
                "actionType": "action.postSignIn", "script": script, "event": {"n": 1}, "environmentVariables": {"A": "b"}
            });
            call(&app, "POST", &format!("{ACTIONS}/test"), body).await
        };
        for (body, expected) in [
            ("({ event, environmentVariables })", json!({"event": {"n": 1}, "environmentVariables": {"A": "b"}})),
            ("null", Value::Null),
            ("'text'", json!("text")),
        ] {
            let script = format!("const runAction = async ({{ event, environmentVariables }}) => {body};");
            assert_eq!(attempt(&script).await.expect(200).json(), expected);
        }
        assert!(attempt("const runAction = async () => {};").await.expect(204).body.is_empty());
        for (script, status) in
            [("const runAction = (", 422), ("const other = 1", 422), ("const runAction = () => { throw 1 }", 400)]
        {
            attempt(script).await.expect_error(status, "action.general");
        }
        let strict = json!({"actionType": "action.postSignIn", "script": "x", "event": null, "more": 1});
        call(&app, "POST", &format!("{ACTIONS}/test"), strict).await.expect_error(400, "guard.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn e7_environment_variables_are_sealed_and_masked_and_each_run_has_an_author() {
    for_each_engine(async |app: TestApp| {
        let body = json!({"script": SCRIPT, "environmentVariables": {"KEY": "very-secret-value"}});
        customize_with(&app, "access-token", body.clone()).await.expect(201);
        super::act(&app, "postSignIn", body.clone()).await;
        let mut test = body;
        test.as_object_mut().unwrap().extend([
            ("tokenType".to_owned(), json!("client-credentials")),
            ("token".to_owned(), json!({})),
            ("context".to_owned(), json!({})),
        ]);
        call(&app, "POST", &format!("{CUSTOMIZERS}/test"), test).await.expect(200);
        assert!(!DatabaseSnapshot::of(&app.app.db).await.contain("very-secret-value"));
        let text = "select key from logs where key like 'Administration%'".to_owned();
        let keys: Vec<String> = app.app.db.read(move |r| r.query_all(&db::Sql::dynamic(text), &[])).await.unwrap();
        assert_eq!(keys.len(), 3, "{keys:?}");
        for key in keys {
            let all = entries(&app, &key).await;
            assert!(all.iter().all(|entry| entry.to_string().contains("******")), "{all:?}");
        }
    })
    .await;
}
