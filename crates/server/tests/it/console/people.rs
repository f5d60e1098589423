//! Everything about a person in one place, and who belongs to an organization.

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::experience::{form_of, with};
use super::fixture::{administrator, colleague, csrf, send, signed_in};
use crate::applications::{call, get};

#[tokio::test]
async fn tokens_of_a_person_are_made_shown_once_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let ada = app.user("ada").await;
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let path = format!("/console/users/{ada}/tokens");
        assert!(root.open(&path).await.text().contains("No personal access tokens"));
        let made = send(&mut root, &secret, &path, &[("name", "laptop"), ("days", "30")]).await;
        let text = made.text();
        let token = text.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert!(token.starts_with("pat_") && token.len() > 20, "{text}");
        let again = root.open(&path).await.text();
        assert!(again.contains("laptop") && !again.contains(&token), "{again}");
        let listed = get(&app, &format!("/api/users/{ada}/personal-access-tokens")).await.expect(200).json();
        let lasts = listed[0]["expiresAt"].as_i64().unwrap() - listed[0]["createdAt"].as_i64().unwrap();
        assert_eq!((lasts + 60_000) / (24 * 3600 * 1000), 30, "{listed}");
        for fields in [&[("name", "laptop")][..], &[("name", "")], &[("name", "x"), ("days", "soon")]] {
            let refused = send(&mut root, &secret, &path, fields).await;
            assert_eq!(refused.response.status, 422, "{fields:?}: {}", refused.text());
        }
        let gone = send(&mut root, &secret, &format!("{path}/remove"), &[("name", "laptop")]).await;
        assert!(gone.text().contains("No personal access tokens"), "{}", gone.text());
        // The name of a route is a name like any other.
        send(&mut root, &secret, &path, &[("name", "delete")]).await;
        let gone = send(&mut root, &secret, &format!("{path}/remove"), &[("name", "delete")]).await;
        assert!(gone.text().contains("No personal access tokens"), "{}", gone.text());
        colleague(&app, "sue", &["default:support"]).await;
        let mut sue = signed_in(&app, "sue").await;
        assert_eq!(sue.open(&path).await.response.status, 403);
        // Nobody is led to a tab that does not open.
        let user = format!("/console/users/{ada}");
        assert!(root.open(&user).await.text().contains(&path));
        let shown = sue.open(&user).await.text();
        assert!(!shown.contains(&path) && shown.contains("/sessions"), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn members_have_roles_and_people_join_by_their_domain() {
    for_each_engine(async |app: TestApp| {
        let ada = app.user("ada").await;
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let made = send(&mut root, &secret, "/console/organizations/new", &[("name", "Harbour")]).await;
        let page = made.url.split('?').next().unwrap().to_owned();
        let api = page.replace("/console", "/api");
        let role = call(&app, "POST", "/api/organization-roles", json!({"name": "pilot"})).await.expect(201).json();
        let role = role["id"].as_str().unwrap();
        let joined = send(&mut root, &secret, &format!("{page}/members"), &[("user", "ada")]).await;
        assert!(joined.text().contains(&format!("href=\"member?user={ada}\"")), "{}", joined.text());

        let member = format!("{page}/member?user={ada}");
        let shown = root.open(&member).await.text();
        assert!(shown.contains("No roles") && shown.contains("pilot"), "{shown}");
        let fields = [("user", ada.as_str()), ("roleId", role)];
        let given = send(&mut root, &secret, &format!("{page}/member"), &fields).await;
        assert!(given.text().contains("Added.") && !given.text().contains("No roles"), "{}", given.text());
        let of_ada = root.open(&format!("/console/users/{ada}/organizations")).await.text();
        assert!(of_ada.contains("Harbour") && of_ada.contains("pilot"), "{of_ada}");
        let taken = send(&mut root, &secret, &format!("{page}/member/remove"), &fields).await;
        assert!(taken.text().contains("Removed.") && taken.text().contains("No roles"), "{}", taken.text());

        let domains = format!("{page}/domains");
        let wrong = send(&mut root, &secret, &domains, &[("emailDomain", "")]).await;
        assert_eq!(wrong.response.status, 422, "{}", wrong.text());
        let added = send(&mut root, &secret, &domains, &[("emailDomain", "harbour.example")]).await;
        assert!(added.text().contains("harbour.example"), "{}", added.text());
        send(&mut root, &secret, &format!("{page}/joining-roles"), &[("roleId", role)]).await;
        let stored = get(&app, &format!("{api}/jit/email-domains")).await.expect(200).json();
        assert_eq!(stored[0]["emailDomain"], "harbour.example");
        assert_eq!(get(&app, &format!("{api}/jit/roles")).await.expect(200).json()[0]["name"], "pilot");
        send(&mut root, &secret, &format!("{domains}/remove"), &[("id", "harbour.example")]).await;
        assert_eq!(get(&app, &format!("{api}/jit/email-domains")).await.expect(200).json(), json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_a_person_granted_is_seen_and_taken_back() {
    for_each_engine(async |app: TestApp| {
        let ada = app.user("ada").await;
        let client = app.spa_client().await;
        app.code_flow(&client, &ada, "openid profile").await;
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let path = format!("/console/users/{ada}/grants");
        let shown = root.open(&path).await.text();
        assert!(shown.contains(&format!("/console/applications/{}", client.id)) && shown.contains("openid"), "{shown}");
        let grants = get(&app, &format!("/api/users/{ada}/grants")).await.expect(200).json();
        let id = grants["grants"][0]["id"].as_str().unwrap();
        let gone = send(&mut root, &secret, &format!("{path}/remove"), &[("id", id)]).await;
        assert!(gone.text().contains("No applications"), "{}", gone.text());
        for tab in ["devices", "organizations"] {
            assert_eq!(root.open(&format!("/console/users/{ada}/{tab}")).await.response.status, 200, "{tab}");
        }
        let settings = root.open(&format!("/console/users/{ada}")).await.text();
        assert!(settings.contains(&format!("/console/logs?userId={ada}")), "{settings}");
    })
    .await;
}

#[tokio::test]
async fn the_profile_of_a_person_is_seen_and_changed() {
    for_each_engine(async |app: TestApp| {
        let ada = app.user("ada").await;
        let (path, api) = (format!("/console/users/{ada}/profile"), format!("/api/users/{ada}"));
        let profile = json!({"nickname": "Countess", "zoneinfo": "Europe/London", "address": {"country": "UK"}});
        call(&app, "PATCH", &api, json!({"profile": profile})).await.expect(200);
        colleague(&app, "sue", &["default:support"]).await;
        let mut sue = signed_in(&app, "sue").await;
        let form = form_of(&sue.open(&path).await);
        let saved = sue.submit_to(&path, &with(&form, &[])).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        assert_eq!(get(&app, &api).await.expect(200).json()["profile"], profile, "what is shown changes nothing");
        let typed = [("profile.nickname", ""), ("profile.givenName", "Ada"), ("profile.address.country", "")];
        let form = form_of(&sue.open(&path).await);
        let saved = sue.submit_to(&path, &with(&form, &typed)).await;
        assert!(saved.path() == path && saved.text().contains("value=\"Ada\""), "{}", saved.text());
        let stored = get(&app, &api).await.expect(200).json()["profile"].clone();
        assert_eq!(stored, json!({"givenName": "Ada", "zoneinfo": "Europe/London"}));
        colleague(&app, "audrey", &["default:auditor"]).await;
        let mut audrey = signed_in(&app, "audrey").await;
        let seen = audrey.open(&path).await.text();
        assert!(seen.contains("Europe/London") && !seen.contains("data-guarded"), "{seen}");

        call(&app, "POST", &format!("{api}/mfa-verifications"), json!({"type": "Totp"})).await.expect(200);
        call(&app, "POST", &format!("{api}/mfa-verifications"), json!({"type": "BackupCode"})).await.expect(200);
        let factors = audrey.open(&format!("/console/users/{ada}/factors")).await.text();
        assert!(factors.contains("10 codes left"), "{factors}");
    })
    .await;
}

#[tokio::test]
async fn the_console_has_the_colours_that_were_chosen() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let page = root.open("/console/users?q=a").await.text();
        assert!(!page.contains("data-colors=\"") && page.contains("q=a&amp;appearance=dark"), "{page}");
        assert!(page.contains("/api/docs\""), "{page}");
        for (chosen, shown) in [("dark", Some("dark")), ("light", Some("light")), ("pink", None), ("system", None)] {
            root.open(&format!("/console?appearance={chosen}")).await;
            let page = root.open("/console/roles").await.text();
            match shown {
                Some(colors) => assert!(page.contains(&format!("data-colors=\"{colors}\"")), "{chosen}: {page}"),
                None => assert!(!page.contains("data-colors=\""), "{chosen}: {page}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn accounts_elsewhere_are_unlinked_and_passwords_expire() {
    for_each_engine(async |app: TestApp| {
        let ada = app.user("ada").await;
        let (page, api) = (format!("/console/users/{ada}"), format!("/api/users/{ada}"));
        let account = json!({"userId": "42", "details": {"id": "42", "name": "Ada at the Harbour"}});
        call(&app, "PUT", &format!("{api}/identities/github"), account).await.expect(201);
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let tab = format!("{page}/identities");
        let shown = root.open(&tab).await.text();
        assert!(shown.contains("github") && shown.contains("Ada at the Harbour"), "{shown}");
        colleague(&app, "sue", &["default:support"]).await;
        let mut sue = signed_in(&app, "sue").await;
        let hers = csrf(&mut sue).await;
        assert!(!sue.open(&tab).await.text().contains("popover"));
        let kept = send(&mut sue, &hers, &format!("{tab}/remove"), &[("id", "github")]).await;
        assert_eq!(kept.response.status, 403);
        let gone = send(&mut root, &secret, &format!("{tab}/remove"), &[("id", "github")]).await;
        assert!(gone.text().contains("No accounts elsewhere"), "{}", gone.text());
        assert_eq!(get(&app, &api).await.expect(200).json()["identities"], json!({}));

        let password = json!({"password": "Xq7!velvet-harbour"});
        call(&app, "PATCH", &format!("{api}/password"), password).await.expect(200);
        let expire = format!("{page}/password-expiration");
        let refused = send(&mut sue, &hers, &expire, &[]).await;
        assert!(refused.response.status == 422 && refused.text().contains("role=\"alert\""), "{}", refused.text());
    })
    .await;
}
