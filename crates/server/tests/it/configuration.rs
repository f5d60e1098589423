//! What the configuration of a tenant costs: sections that did not change are not read again, and an application costs the
//! same however many others there are.

use std::collections::BTreeSet;

use db::FaultInjector;
use serde_json::{Value, json};
use server::tenants::Section;
use testkit::{TestApp, TestResponse, for_each_engine};

/// A node whose statements are counted, over the database of `app`.
async fn counted(app: &TestApp) -> (TestApp, FaultInjector) {
    let statements = FaultInjector::default();
    let mut settings = app.app.settings.clone();
    settings.db.fault_injector = Some(statements.clone());
    (TestApp::with(app.engine, settings).await, statements)
}

async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

async fn machine(app: &TestApp, name: &str) -> String {
    let new = json!({"name": name, "type": "MachineToMachine"});
    call(app, "POST", "/api/applications", new).await.expect(200).json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_application_costs_the_same_whatever_the_number_of_others() {
    for_each_engine(async |app: TestApp| {
        let (app, statements) = counted(&app).await;
        let mut costs = BTreeSet::new();
        for number in 0..60 {
            let before = statements.left();
            let id = machine(&app, &format!("machine {number}")).await;
            assert_eq!(app.registered("default", &id).await.unwrap().client.id, id);
            let cost = before - statements.left();
            // The first ones also fill the caches of the tenant.
            if number >= 10 {
                costs.insert(cost);
            }
        }
        let (least, most) = (costs.first().unwrap(), costs.last().unwrap());
        // The version of the configuration is asked for again every 250 ms.
        assert!(most - least <= 4 && *most <= 20, "{costs:?} statements");
    })
    .await;
}

#[tokio::test]
async fn only_the_section_that_changed_is_read_again() {
    for_each_engine(async |app: TestApp| {
        let config = async || app.app.tenants.get("default", &app.app).await.unwrap();
        let before = config().await;
        machine(&app, "m").await;
        let after = config().await;
        assert_ne!(before.versions.of(Section::Clients), after.versions.of(Section::Clients));
        assert!(std::sync::Arc::ptr_eq(&before.access, &after.access));
        assert!(std::sync::Arc::ptr_eq(&before.keys, &after.keys));
        assert!(std::sync::Arc::ptr_eq(&before.policy, &after.policy));
        let new = json!({"name": "items", "indicator": "https://items.example.com"});
        call(&app, "POST", "/api/resources", new).await.expect(201);
        let resource = config().await;
        assert!(resource.access.resources.contains_key("https://items.example.com"));
        assert!(std::sync::Arc::ptr_eq(&after.keys, &resource.keys));
        assert_eq!(after.versions.of(Section::Clients), resource.versions.of(Section::Clients));
    })
    .await;
}

#[tokio::test]
async fn a_client_is_read_once_until_a_client_changes() {
    for_each_engine(async |app: TestApp| {
        let (app, statements) = counted(&app).await;
        let id = machine(&app, "m").await;
        let cost = async |id: &str| {
            let config = app.app.tenants.get("default", &app.app).await.unwrap();
            let before = statements.left();
            let found = server::Tenant::new("default", &app.app).client(&config, id).await.unwrap();
            (before - statements.left(), found.is_some())
        };
        assert_eq!((cost(&id).await, cost(&id).await), ((3, true), (0, true)));
        assert_eq!((cost("none").await, cost("none").await), ((2, false), (0, false)));
        assert_eq!(cost(&"x".repeat(5_000)).await, (0, false), "no application has such an id");
        call(&app, "DELETE", &format!("/api/applications/{id}"), json!({})).await.expect(204);
        assert_eq!(cost(&id).await, (2, false));
        assert_eq!(cost("demo-app").await, (2, true));
    })
    .await;
}
