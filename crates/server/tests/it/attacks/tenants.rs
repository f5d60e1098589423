//! Attack F6: an id of another tenant does not exist, wherever a route takes one.

use testkit::{TestApp, TestResponse, for_each_engine};

use super::requests::{SampleRequest, SeededTenant, sample_requests};

/// Which form the refusal has is the contract's choice: 404, 422 for a relation, an empty list for the members of an
/// organization that is not there (inventory M128).
fn is_refusal(call: &SampleRequest, answer: &TestResponse) -> bool {
    match answer.status.as_u16() {
        404 | 422 => true,
        200 => call.method == "GET" && answer.text() == "[]",
        _ => false,
    }
}

/// The call with `ids` for the things called `names`: its answer, in which every id is `?`.
async fn ask(
    place: &SeededTenant,
    call: &SampleRequest,
    names: &[&str],
    ids: impl Fn(&str) -> String,
) -> (TestResponse, String) {
    let mut place = place.clone();
    for name in names {
        place.things.insert((*name).to_owned(), ids(name));
    }
    let answer = place.send(call).await;
    let text = place.things.values().fold(answer.text(), |text, id| text.replace(id, "?"));
    (answer, text)
}

#[tokio::test]
async fn f6_ids_of_the_other_tenant_do_not_exist_in_any_route() {
    for_each_engine(async |app: TestApp| {
        let own = SeededTenant::with_all_entities(&app, "default").await;
        let other = SeededTenant::with_all_entities(&app, "admin").await;
        app.make_tenant("acme").await;
        let further = SeededTenant::with_all_entities(&app, "acme").await;
        let before = app.snapshot().await;
        let mut tried = 0;
        for (place, foreign) in [(&own, &further), (&other, &own), (&further, &other)] {
            for call in sample_requests().into_iter().map(SampleRequest::with_new_name) {
                let names = call.names();
                let each = names.iter().map(|name| vec![*name]);
                // All at once, too: then the relation that the call is about exists, in the other tenant.
                for swapped in each.chain((names.len() > 1).then(|| names.clone())) {
                    let shown = format!("{:?}: {} {} with a foreign {swapped:?}", app.engine, call.method, call.path);
                    let (answer, text) = ask(place, &call, &swapped, |name| foreign.things[name].clone()).await;
                    assert!(is_refusal(&call, &answer), "{shown}: {} {text}", answer.status);
                    let changes = before.difference(&app.snapshot().await, &[]);
                    assert!(changes.is_empty(), "{shown}: {changes:#?}");
                    let unknown = ask(place, &call, &swapped, |name| format!("never-{name}")).await;
                    assert_eq!((answer.status, text), (unknown.0.status, unknown.1), "{shown}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 200, "{tried}");
    })
    .await;
}

#[tokio::test]
async fn b23_ids_are_compared_byte_for_byte_in_every_route() {
    for_each_engine(async |app: TestApp| {
        let place = SeededTenant::with_all_entities(&app, "default").await;
        let before = app.snapshot().await;
        let spellings: [fn(&str) -> String; 6] = [
            |id| id.to_uppercase(),
            |id| id[..id.len() - 1].to_owned(),
            |id| format!("{id}x"),
            |id| format!("{id}%20"),
            |id| format!("%20{id}"),
            |id| id.replace(|c: char| c.is_ascii_lowercase(), "_"),
        ];
        for call in sample_requests().into_iter().map(SampleRequest::with_new_name) {
            for name in call.names() {
                for spell in spellings {
                    let other = spell(&place.things[name]);
                    let (answer, _) = ask(&place, &call, &[name], |_| other.clone()).await;
                    let shown = format!("{} {} with {other:?} for {name}", call.method, call.path);
                    assert!(is_refusal(&call, &answer), "{shown}: {} {}", answer.status, answer.text());
                }
            }
        }
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());
        let (client, user) = (app.web_client().await, app.user("alice").await);
        for spell in spellings {
            let id = spell(&client.id);
            let request = testkit::oidc::tampered(&app.authorization(&client, "openid"), &[("client_id", &id)]);
            app.agent().authorize(&request).await.expect_error(400, "oidc.invalid_client");
            let code = app.agent().sign_in(&app.authorization(&client, "openid"), &user).await;
            let other = testkit::oidc::TestClient { id, ..client.clone() };
            app.exchange(&other, &code).send().await.expect_error(400, "oidc.invalid_client");
        }
    })
    .await;
}

/// Make rows of `default` rows of `admin` too, with the same ids.
const TWINS: [&str; 2] = [
    "insert into applications (tenant_id, id, name, type, oidc_client_metadata, custom_client_metadata, created_at) \
     select 'admin', id, name, type, oidc_client_metadata, custom_client_metadata, 0 from applications where id = $1",
    "insert into users (tenant_id, id, username, username_folded, created_at, updated_at) \
     select 'admin', id, username, username_folded, 0, 0 from users where id = $1",
];

#[tokio::test]
async fn f6_b17_codes_tokens_and_sessions_count_in_their_own_tenant_only() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let request = app.authorization(&client, "openid offline_access");
        let stranger = app.admin_request("GET", &format!("/oidc/auth?{}", query(&request))).send().await;
        stranger.expect_error(400, "oidc.invalid_client");
        for (text, id) in TWINS.into_iter().zip([&client.id, &user]) {
            assert_eq!(app.sql(text, vec![id.as_str().into()]).await, 1);
        }
        app.secret_of("admin", &client.id, "Default secret", client.secret.as_deref().unwrap(), None).await;
        app.configure("admin", |_| Ok::<_, db::DbError>(())).await.unwrap();

        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let mut agent = app.agent();
        let code = agent.sign_in(&request, &user).await;
        let before = app.snapshot().await;
        let secret = client.secret.as_deref().unwrap();
        let credentials = [("client_id", client.id.as_str()), ("client_secret", secret)];
        let post = async |path: &str, fields: &[(&str, &str)]| {
            app.admin_request("POST", path).form(&[&credentials[..], fields].concat()).send().await
        };
        let exchange = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &client.redirect_uri),
            ("code_verifier", testkit::oidc::VERIFIER),
        ];
        post("/oidc/token", &exchange).await.expect_error(400, "oidc.invalid_grant");
        let (access, refresh) = (token("access_token"), token("refresh_token"));
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        post("/oidc/token", &fields).await.expect_error(400, "oidc.invalid_grant");
        for token in [&access, &refresh] {
            let seen = post("/oidc/token/introspection", &[("token", token)]).await.expect(200).json();
            assert_eq!(seen, serde_json::json!({"active": false}));
            post("/oidc/token/revocation", &[("token", token)]).await.expect(200);
        }
        app.admin_request("GET", "/oidc/me").bearer(&access).send().await.expect_error(401, "oidc.invalid_token");
        let hint = app.admin_request("GET", &format!("/oidc/session/end?id_token_hint={}", token("id_token")));
        hint.send().await.expect_error(400, "oidc.invalid_request");
        let silent = testkit::oidc::tampered(&request, &[("prompt", "none")]);
        let silent =
            agent.add_cookies(app.admin_request("GET", &format!("/oidc/auth?{}", query(&silent)))).send().await;
        assert!(silent.header("location").contains("error=login_required"), "{}", silent.header("location"));
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());

        app.exchange(&client, &code).send().await.expect(200);
        app.get("/oidc/me").bearer(&access).send().await.expect(200);
        app.refresh(&client, &refresh, &[]).send().await.expect(200);
    })
    .await;
}

fn query(params: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}
