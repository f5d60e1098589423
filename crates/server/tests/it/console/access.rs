//! What people and machines may do: permissions of APIs, who holds a role, the organization template, and members of organizations.

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::experience::{form_of, with};
use super::fixture::{administrator, colleague, csrf, send, signed_in};
use super::pages::id_of;
use crate::applications::{call, get, make};

#[tokio::test]
async fn one_api_is_the_default() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let mut pages = Vec::new();
        for name in ["bikes", "boats"] {
            let indicator = format!("https://{name}.example");
            let fields = [("name", name), ("indicator", indicator.as_str())];
            let made = send(&mut root, &secret, "/console/resources/new", &fields).await;
            pages.push(format!("/console/resources/{}", id_of(&made.url)));
        }
        let (bikes, boats) = (pages[0].clone(), pages[1].clone());
        for (page, becomes) in [(&bikes, "true"), (&boats, "true"), (&boats, "false")] {
            let changed = send(&mut root, &secret, &format!("{page}/default"), &[("isDefault", becomes)]).await;
            assert!(changed.text().contains("Saved."), "{}", changed.text());
            let other = if page == &bikes { &boats } else { &bikes };
            for (page, wanted) in [(page, becomes == "true"), (other, false)] {
                let stored = get(&app, &page.replace("/console", "/api")).await.expect(200).json();
                assert_eq!(stored["isDefault"], wanted, "{page}");
            }
        }
        let shown = root.open(&bikes).await.text();
        assert!(shown.contains("Make it the default") && shown.contains("https://bikes.example"), "{shown}");
        colleague(&app, "audrey", &["default:auditor"]).await;
        let seen = signed_in(&app, "audrey").await.open(&bikes).await.text();
        assert!(seen.contains("Default API") && !seen.contains("popover"), "{seen}");
    })
    .await;
}

#[tokio::test]
async fn a_permission_of_an_api_is_edited() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let mut ids = Vec::new();
        for name in ["bikes", "boats"] {
            let body = json!({"name": name, "indicator": format!("https://{name}.example")});
            let resource = call(&app, "POST", "/api/resources", body).await.expect(201).json();
            ids.push(resource["id"].as_str().unwrap().to_owned());
        }
        let scopes = format!("/api/resources/{}/scopes", ids[0]);
        let made = async |name: &str| {
            let body = json!({"name": name, "description": "Bikes"});
            let scope = call(&app, "POST", &scopes, body).await.expect(201).json();
            scope["id"].as_str().unwrap().to_owned()
        };
        let scope = made("ride").await;
        made("park").await;
        let stored = async || get(&app, &format!("{scopes}?search.name=ride%25")).await.expect(200).json()[0].clone();
        let page = format!("/console/resources/{}/scopes/{scope}", ids[0]);
        let list = root.open(&format!("/console/resources/{}/scopes", ids[0])).await.text();
        assert!(list.contains(&format!("href=\"{page}\"")), "{list}");
        let form = form_of(&root.open(&page).await);
        let taken = root.submit_to(&page, &with(&form, &[("name", "park")])).await;
        assert_eq!(taken.response.status, 422, "{}", taken.text());
        let saved = root.submit_to(&page, &with(&form, &[("name", "ride:far"), ("description", "")])).await;
        assert!(saved.text().contains("Saved.") && saved.text().contains("ride:far"), "{}", saved.text());
        let changed = stored().await;
        assert_eq!((&changed["name"], &changed["description"]), (&json!("ride:far"), &json!(null)));
        // It was made of what is there no more.
        let late = root.submit_to(&page, &with(&form, &[("name", "mine")])).await;
        assert!(late.response.status == 422 && late.text().contains("meanwhile"), "{}", late.text());
        let elsewhere = page.replace(&ids[0], &ids[1]);
        assert_eq!(root.open(&elsewhere).await.response.status, 404);
        colleague(&app, "audrey", &["default:auditor"]).await;
        let seen = signed_in(&app, "audrey").await.open(&page).await;
        assert!(seen.response.status == 200 && !seen.text().contains("data-guarded"), "{}", seen.text());
    })
    .await;
}

#[tokio::test]
async fn a_role_is_given_to_people_or_machines() {
    for_each_engine(async |app: TestApp| {
        let ada = app.user("ada").await;
        let machine = make(&app, json!({"name": "Night job", "type": "MachineToMachine"})).await;
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        for (kind, tab, other, field, given, id) in [
            ("User", "users", "applications", "user", "ada", ada.as_str()),
            ("MachineToMachine", "applications", "users", "applicationId", machine.as_str(), machine.as_str()),
        ] {
            let body = json!({"name": kind, "description": "d", "type": kind});
            let role = call(&app, "POST", "/api/roles", body).await.expect(200).json();
            let role = format!("/console/roles/{}", role["id"].as_str().unwrap());
            let page = root.open(&role).await.text();
            assert!(page.contains(&format!("href=\"{role}/{tab}\"")), "{page}");
            assert!(!page.contains(&format!("href=\"{role}/{other}\"")), "{page}");
            let path = format!("{role}/{tab}");
            let added = send(&mut root, &secret, &path, &[(field, given)]).await;
            assert!(added.text().contains("Added.") && added.text().contains(id), "{}", added.text());
            let twice = send(&mut root, &secret, &path, &[(field, given)]).await;
            assert_eq!(twice.response.status, 422, "{}", twice.text());
            let nobody = send(&mut root, &secret, &path, &[(field, "nobody")]).await;
            assert!(nobody.response.status.is_client_error(), "{}", nobody.text());
            let held = get(&app, &path.replace("/console", "/api")).await.expect(200).json();
            assert_eq!(held[0]["id"], id, "{held}");
            let taken = send(&mut root, &secret, &format!("{path}/remove"), &[("id", id)]).await;
            assert!(taken.text().contains("Removed."), "{}", taken.text());
            let held = get(&app, &path.replace("/console", "/api")).await.expect(200).json();
            assert_eq!(held, json!([]));
        }
    })
    .await;
}

#[tokio::test]
async fn the_organization_template_is_made_of_roles_and_permissions() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let made = send(&mut root, &secret, "/console/organization-scopes/new", &[("name", "invite:members")]).await;
        assert!(made.text().contains("Created."), "{}", made.text());
        let scope = id_of(&made.url);
        let fields = [("name", "invite:everybody"), ("description", "Guests, too")];
        let saved = send(&mut root, &secret, &format!("/console/organization-scopes/{scope}"), &fields).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let new = "/console/organization-roles/new";
        let made = send(&mut root, &secret, new, &[("name", "host"), ("type", "User")]).await;
        let role = format!("/console/organization-roles/{}", id_of(&made.url));
        let twice = send(&mut root, &secret, new, &[("name", "host"), ("type", "User")]).await;
        assert_eq!(twice.response.status, 422, "{}", twice.text());
        let given = send(&mut root, &secret, &format!("{role}/scopes"), &[("scopeId", &scope)]).await;
        assert!(given.text().contains("invite:everybody") && given.text().contains("Added."), "{}", given.text());

        let body = json!({"name": "Bikes API", "indicator": "https://bikes.example"});
        let resource = call(&app, "POST", "/api/resources", body).await.expect(201).json();
        let path = format!("/api/resources/{}/scopes", resource["id"].as_str().unwrap());
        let api_scope = call(&app, "POST", &path, json!({"name": "ride"})).await.expect(201).json();
        let api_scope = api_scope["id"].as_str().unwrap();
        let path = format!("{role}/resource-scopes");
        assert!(root.open(&path).await.text().contains("Bikes API · ride"));
        let given = send(&mut root, &secret, &path, &[("scopeId", api_scope)]).await;
        assert!(given.text().contains("<bdi>Bikes API</bdi>"), "{}", given.text());
        assert!(given.text().contains("Added."), "{}", given.text());
        let list = root.open("/console/organization-roles?q=host").await.text();
        assert!(list.contains("invite:everybody, ride"), "{list}");
        let found = root.open("/console/search?q=invite:every").await.text();
        assert!(found.contains(&format!("/console/organization-scopes/{scope}")), "{found}");
        for (tab, id) in [("scopes", scope.as_str()), ("resource-scopes", api_scope)] {
            send(&mut root, &secret, &format!("{role}/{tab}/remove"), &[("id", id)]).await;
            let left = get(&app, &format!("{role}/{tab}").replace("/console", "/api")).await.expect(200).json();
            assert_eq!(left, json!([]), "{tab}");
        }
        let gone = send(&mut root, &secret, &format!("{role}/delete"), &[("confirm", "host")]).await;
        assert!(gone.text().contains("No organization roles yet"), "{}", gone.text());
    })
    .await;
}

#[tokio::test]
async fn an_organization_has_machines_connectors_and_looks() {
    for_each_engine(async |app: TestApp| {
        let machine = make(&app, json!({"name": "Night job", "type": "MachineToMachine"})).await;
        let body = json!({"providerName": "OIDC", "connectorName": "Harbour Corp"});
        let connector = call(&app, "POST", "/api/sso-connectors", body).await.expect(200).json();
        let connector = connector["id"].as_str().unwrap().to_owned();
        let body = json!({"name": "batch", "type": "MachineToMachine"});
        let role = call(&app, "POST", "/api/organization-roles", body).await.expect(201).json();
        let role = role["id"].as_str().unwrap().to_owned();
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        let made = send(&mut root, &secret, "/console/organizations/new", &[("name", "Harbour")]).await;
        let (page, api) = {
            let id = id_of(&made.url);
            (format!("/console/organizations/{id}"), format!("/api/organizations/{id}"))
        };
        let path = format!("{page}/applications");
        let added = send(&mut root, &secret, &path, &[("applicationId", &machine)]).await;
        let href = format!("member?application={machine}");
        assert!(added.text().contains("Night job") && added.text().contains(&href), "{}", added.text());
        let member = root.open(&format!("{page}/{href}")).await.text();
        assert!(member.contains("Night job") && member.contains(&role), "{member}");
        let (name, fields) = (format!("{page}/member"), [("application", machine.as_str()), ("roleId", role.as_str())]);
        let given = send(&mut root, &secret, &name, &fields).await;
        assert!(given.text().contains("batch") && given.text().contains("Added."), "{}", given.text());
        let roles = format!("{api}/applications/{machine}/roles");
        assert_eq!(get(&app, &roles).await.expect(200).json()[0]["id"], role.as_str());
        send(&mut root, &secret, &format!("{name}/remove"), &fields).await;
        assert_eq!(get(&app, &roles).await.expect(200).json(), json!([]));
        send(&mut root, &secret, &format!("{path}/remove"), &[("id", &machine)]).await;
        assert_eq!(get(&app, &format!("{api}/applications")).await.expect(200).json(), json!([]));

        let path = format!("{page}/joining-connectors");
        let added = send(&mut root, &secret, &path, &[("connectorId", &connector)]).await;
        assert!(added.text().contains("Added.") && added.text().contains("Harbour Corp"), "{}", added.text());
        let joining = format!("{api}/jit/sso-connectors");
        assert_eq!(get(&app, &joining).await.expect(200).json()[0]["id"], connector.as_str());
        send(&mut root, &secret, &format!("{path}/remove"), &[("id", &connector)]).await;
        assert_eq!(get(&app, &joining).await.expect(200).json(), json!([]));

        let path = format!("{page}/branding");
        let form = form_of(&root.open(&path).await);
        let wrong = root.submit_to(&path, &with(&form, &[("color.primaryColor", "red")])).await;
        assert!(wrong.response.status == 422 && wrong.text().contains("aria-invalid"), "{}", wrong.text());
        let typed = [("color.primaryColor", "#336699"), ("branding.logoUrl", "https://a.example/logo.svg")];
        let saved = root.submit_to(&path, &with(&form, &typed)).await;
        assert!(saved.text().contains("Saved.") && saved.path() == path, "{}", saved.text());
        let stored = get(&app, &api).await.expect(200).json();
        assert_eq!(stored["color"], json!({"primaryColor": "#336699"}));
        assert_eq!(stored["branding"], json!({"logoUrl": "https://a.example/logo.svg"}));
        colleague(&app, "audrey", &["default:auditor"]).await;
        let seen = signed_in(&app, "audrey").await.open(&path).await.text();
        assert!(seen.contains("https://a.example/logo.svg"), "{seen}");
        assert!(!seen.contains("data-guarded") && !seen.contains("type=\"file\""), "{seen}");
    })
    .await;
}
