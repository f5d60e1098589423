//! The editors of scripts: try out, save, switch off, delete.

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::fixture::{administrator, csrf, made_of, send};
use crate::applications::get;

#[tokio::test]
async fn a_script_for_tokens_is_tried_out_saved_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let list = root.open("/console/custom-jwt").await.text();
        assert!(list.contains("/console/custom-jwt/access-token") && list.contains("None"), "{list}");
        let claims = "/console/custom-jwt/id-token";
        let saved =
            send(&mut root, &secret, claims, &[("roles", "true"), ("custom_data", "true"), ("sub", "true")]).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let stored = get(&app, "/api/configs/id-token").await.expect(200).json();
        assert_eq!(stored["enabledExtendedClaims"], json!(["roles", "custom_data"]));
        // A page from before loses nothing of it, and keeps what was ticked there.
        let late =
            send(&mut root, &secret, claims, &[("organizations", "true"), ("made_of", &made_of(&list, claims))]).await;
        assert!(late.response.status == 422 && late.text().contains("changed"), "{}", late.text());
        let ticked =
            late.text().split("name=\"organizations\"").nth(1).unwrap().split('>').next().unwrap().contains("checked");
        assert!(ticked, "{}", late.text());
        let fresh = made_of(&late.text(), claims);
        let both = [("roles", "true"), ("custom_data", "true"), ("made_of", fresh.as_str())];
        assert!(send(&mut root, &secret, claims, &both).await.text().contains("Saved."));
        assert_eq!(get(&app, "/api/configs/id-token").await.expect(200).json(), stored);
        let path = "/console/custom-jwt/access-token";
        let editor = root.open(path).await.text();
        assert!(editor.contains("getCustomJwtClaims") && editor.contains("data-code"), "{editor}");
        assert!(!editor.contains("id=\"delete\""), "there is nothing to delete");

        let script = "const getCustomJwtClaims = async ({ token, context, environmentVariables }) => \
                      ({ plan: context.user.plan, key: environmentVariables.KEY.length, of: token.aud });";
        let typed = |script: &'static str, variables: &'static str, context: &'static str| {
            [
                ("script", script),
                ("environmentVariables", variables),
                ("blockIssuanceOnError", "true"),
                ("tokenSample", "{\"aud\": \"https://api.example\"}"),
                ("contextSample", context),
            ]
        };
        let context = "{\"user\": {\"plan\": \"pro\"}}";
        let test = format!("{path}/test");
        let ran = send(&mut root, &secret, &test, &typed(script, "KEY=hush-hush", context)).await;
        let text = ran.text();
        assert_eq!(ran.response.status, 200, "{text}");
        assert!(text.contains("The script returned") && text.contains("&quot;plan&quot;: &quot;pro&quot;"), "{text}");
        assert!(text.contains("&quot;key&quot;: 9"), "{text}");
        get(&app, "/api/configs/jwt-customizer/access-token").await.expect(404);

        for (script, said) in [
            ("const getCustomJwtClaims = () => { throw new TypeError('no ship'); };", "TypeError"),
            ("const getCustomJwtClaims = (", "SyntaxError"),
            ("const getCustomJwtClaims = ({ api }) => api.denyAccess('Not today');", "AccessDenied"),
        ] {
            let failed = send(&mut root, &secret, &test, &typed(script, "", context)).await;
            assert!(failed.response.status == 422 && failed.text().contains(said), "{said}: {}", failed.text());
            assert!(failed.text().contains("role=\"alert\""), "{}", failed.text());
        }
        for (variables, context) in [("KEY", context), ("KEY=x", "[]")] {
            let refused = send(&mut root, &secret, path, &typed(script, variables, context)).await;
            assert!(refused.response.status == 422 && refused.text().contains("aria-invalid"), "{}", refused.text());
        }
        let saved =
            send(&mut root, &secret, path, &typed(script, "KEY=hush-hush\r\nURL=https://crm.example", context)).await;
        assert!(saved.text().contains("Saved.") && saved.text().contains("KEY=\nURL="), "{}", saved.text());
        assert!(!saved.text().contains("hush-hush"), "values are secrets");
        // An empty value stays as it is stored; a line that is gone is gone.
        let saved = send(&mut root, &secret, path, &typed(script, "KEY=", context)).await;
        assert_eq!(saved.response.status, 200, "{}", saved.text());
        let stored = get(&app, "/api/configs/jwt-customizer/access-token").await.expect(200).json();
        assert_eq!(stored["environmentVariables"], json!({"KEY": "hush-hush"}));
        assert_eq!((&stored["blockIssuanceOnError"], &stored["script"]), (&json!(true), &json!(script)));
        let ran = send(&mut root, &secret, &test, &typed(script, "KEY=", context)).await;
        assert!(ran.text().contains("&quot;key&quot;: 9") && !ran.text().contains("hush-hush"), "{}", ran.text());

        let kept = send(&mut root, &secret, &format!("{path}/delete"), &[("confirm", "x")]).await;
        assert_eq!(kept.response.status, 422);
        let gone = send(&mut root, &secret, &format!("{path}/delete"), &[("confirm", "access-token")]).await;
        assert!(gone.text().contains("Deleted."), "{}", gone.text());
        get(&app, "/api/configs/jwt-customizer/access-token").await.expect(404);
        assert_eq!(root.open("/console/custom-jwt/action.postSignIn").await.response.status, 404);
    })
    .await;
}

#[tokio::test]
async fn an_action_is_tried_out_and_switched_off() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let path = "/console/actions/post-sign-in";
        let script = "const runAction = async ({ event }) => ({ updateUser: { name: event.user.id } });";
        let mut typed = vec![
            ("script", script),
            ("environmentVariables", ""),
            ("enabled", "true"),
            ("onExecutionError", "allow"),
            ("contextSample", "{\"user\": {\"id\": \"ada\"}}"),
        ];
        let ran = send(&mut root, &secret, &format!("{path}/test"), &typed).await;
        assert!(ran.text().contains("&quot;name&quot;: &quot;ada&quot;"), "{}", ran.text());
        assert!(ran.text().contains("data-guarded=\"changed\""), "what was typed is not saved yet");
        let nothing =
            [("script", "const runAction = () => {};"), ("onExecutionError", "block"), ("contextSample", "{}")];
        let ran = send(&mut root, &secret, &format!("{path}/test"), &nothing).await;
        assert!(ran.response.status == 200 && ran.text().contains("undefined"), "{}", ran.text());
        let saved = send(&mut root, &secret, path, &typed).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        assert!(root.open("/console/actions").await.text().contains("badge good"));
        typed.retain(|(name, _)| *name != "enabled");
        send(&mut root, &secret, path, &typed).await;
        let stored = get(&app, "/api/configs/actions/action.postSignIn").await.expect(200).json();
        assert_eq!((&stored["enabled"], &stored["onExecutionError"]), (&json!(false), &json!("allow")));
        assert!(root.open("/console/actions").await.text().contains("Off"));
    })
    .await;
}
