//! The catalogue of custom profile fields (traces 40-15, 20-20).

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use crate::experience::fixture::{Browser, PASSWORD, id_of, user};

const PATH: &str = "/api/custom-profile-fields";

async fn send(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

async fn get(app: &TestApp, path: &str) -> TestResponse {
    app.management_request("GET", path).await.send().await
}

fn names(response: &TestResponse) -> Vec<String> {
    let fields = response.json();
    fields.as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn fields_are_created_changed_ordered_and_deleted_as_in_trace_40_15() {
    for_each_engine(async |app: TestApp| {
        assert_eq!(get(&app, PATH).await.expect(200).json(), json!([]));
        let gender = json!({"name": "gender", "type": "Select", "required": false,
            "config": {"options": [{"value": "f", "label": "F"}]}});
        let created = send(&app, "POST", PATH, gender).await.expect(201).json();
        assert_eq!(created["id"].as_str().unwrap().len(), 21);
        let mut rest = created.clone();
        for member in ["id", "createdAt"] {
            rest.as_object_mut().unwrap().remove(member).unwrap();
        }
        assert_eq!(
            rest,
            json!({"tenantId": "default", "name": "gender", "type": "Select", "label": "", "description": null,
                "required": false, "config": {"options": [{"value": "f", "label": "F"}]}, "sieOrder": 1})
        );
        let again = json!({"name": "gender", "type": "Text", "required": false});
        send(&app, "POST", PATH, again).await.expect_error(422, "custom_profile_fields.name_exists");
        let two = json!([{"name": "f1", "type": "Text", "required": false},
            {"name": "f2", "type": "Checkbox", "required": false}]);
        let batch = send(&app, "POST", &format!("{PATH}/batch"), two.clone()).await.expect(201);
        assert_eq!(names(&batch), ["f1", "f2"]);
        assert_eq!((batch.json()[1]["sieOrder"].clone(), batch.json()[1]["config"].clone()), (json!(3), json!({})));
        let repeated = send(&app, "POST", &format!("{PATH}/batch"), two).await;
        repeated.expect_error(422, "custom_profile_fields.name_exists");
        let order = |order: Value| json!({"order": order});
        let sie = format!("{PATH}/properties/sie-order");
        let places =
            json!([{"name": "f2", "sieOrder": 1}, {"name": "f1", "sieOrder": 2}, {"name": "gender", "sieOrder": 3}]);
        assert_eq!(names(&send(&app, "POST", &sie, order(places)).await.expect(200)), ["f2", "f1", "gender"]);
        let unknown = send(&app, "POST", &sie, order(json!([{"name": "none", "sieOrder": 1}]))).await;
        unknown.expect_error(400, "custom_profile_fields.entity_not_exists_with_names");
        let conflict = send(&app, "POST", &sie, order(json!([{"name": "f2", "sieOrder": 2}]))).await;
        conflict.expect_error(400, "custom_profile_fields.conflicted_sie_order");
        assert_eq!(names(&get(&app, PATH).await), ["f2", "f1", "gender"], "what is refused changes nothing");

        let change = json!({"type": "Text", "required": true, "config": {"maxLength": 5}});
        let changed = send(&app, "PUT", &format!("{PATH}/f1"), change).await.expect(200).json();
        assert_eq!((&changed["sieOrder"], &changed["config"]), (&json!(2), &json!({"maxLength": 5})));
        assert_eq!(get(&app, &format!("{PATH}/f1")).await.expect(200).json(), changed);
        let listed = json!({"signUpProfileFields": [{"name": "gender"}, {"name": "f1"}]});
        send(&app, "PATCH", "/api/sign-in-exp", listed).await.expect(200);
        let unknown = send(&app, "PATCH", "/api/sign-in-exp", json!({"signUpProfileFields": [{"name": "none"}]})).await;
        unknown.expect_error(400, "custom_profile_fields.entity_not_exists_with_names");
        let public = app.get("/api/.well-known/sign-in-exp").send().await.expect(200).json();
        let shown = |member: &str| -> Vec<Value> {
            public[member].as_array().unwrap().iter().map(|field| field["name"].clone()).collect()
        };
        assert_eq!(shown("customProfileFields"), ["gender", "f1"]);
        assert_eq!(shown("customProfileFieldCatalog"), ["f2", "f1", "gender"]);
        send(&app, "DELETE", &format!("{PATH}/f1"), json!({})).await.expect(204);
        send(&app, "DELETE", &format!("{PATH}/f1"), json!({})).await.expect_error(404, "entity.not_found");
        get(&app, &format!("{PATH}/f1")).await.expect_error(404, "entity.not_found");
        let settings = get(&app, "/api/sign-in-exp").await.json();
        assert_eq!(settings["signUpProfileFields"], json!([{"name": "gender"}]), "the sign-up form forgets it");
    })
    .await;
}

#[tokio::test]
async fn a_definition_that_nothing_could_fit_is_refused() {
    for_each_engine(async |app: TestApp| {
        let part = |name: &str, kind: &str| json!({"enabled": true, "name": name, "type": kind, "required": false});
        for (name, rest, code) in [
            ("bad name", json!({"type": "Text"}), "custom_profile_fields.invalid_name"),
            ("", json!({"type": "Text"}), "custom_profile_fields.invalid_name"),
            ("email", json!({"type": "Text"}), "custom_profile_fields.name_conflict_sign_in_identifier"),
            ("preferredUsername", json!({"type": "Text"}), "custom_profile_fields.name_conflict_built_in_prop"),
            ("onboarding", json!({"type": "Text"}), "custom_profile_fields.name_conflict_custom_data"),
            ("a", json!({"type": "Foo"}), "guard.invalid_input"),
            ("a", json!({"type": "Select"}), "guard.invalid_input"),
            ("a", json!({"type": "Select", "config": {"options": []}}), "custom_profile_fields.invalid_options"),
            (
                "a",
                json!({"type": "Text", "config": {"minLength": 3, "maxLength": 2}}),
                "custom_profile_fields.invalid_min_max_input",
            ),
            (
                "a",
                json!({"type": "Number", "config": {"minValue": 3, "maxValue": 2.5}}),
                "custom_profile_fields.invalid_min_max_input",
            ),
            ("a", json!({"type": "Number", "config": {"maxLength": 2}}), "guard.invalid_input"),
            ("a", json!({"type": "Regex", "config": {"format": "("}}), "custom_profile_fields.invalid_regex_format"),
            (
                "a",
                json!({"type": "Regex", "config": {"format": "(?=a)"}}),
                "custom_profile_fields.invalid_regex_format",
            ),
            ("a", json!({"type": "Date", "config": {"format": "week"}}), "guard.invalid_input"),
            ("a", json!({"type": "Checkbox", "required": true}), "guard.invalid_input"),
            (
                "a",
                json!({"type": "Checkbox", "config": {"defaultValue": "on"}}),
                "custom_profile_fields.invalid_default_value",
            ),
            ("address", json!({"type": "Text"}), "guard.invalid_input"),
            (
                "a",
                json!({"type": "Address", "config": {"parts": []}}),
                "custom_profile_fields.invalid_address_components",
            ),
            (
                "a",
                json!({"type": "Address", "config": {"parts": [part("givenName", "Text")]}}),
                "custom_profile_fields.invalid_address_components",
            ),
            (
                "a",
                json!({"type": "Fullname", "config": {"parts": [part("region", "Text")]}}),
                "custom_profile_fields.invalid_fullname_components",
            ),
            (
                "a",
                json!({"type": "Address", "config": {"parts": [part("region", "Address")]}}),
                "custom_profile_fields.invalid_sub_component_type",
            ),
        ] {
            let mut field = json!({"name": name, "required": false});
            field.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            send(&app, "POST", PATH, field).await.expect_error(400, code);
        }
        let many: Vec<Value> =
            (0..21).map(|n| json!({"name": format!("f{n}"), "type": "Text", "required": false})).collect();
        send(&app, "POST", &format!("{PATH}/batch"), json!(many)).await.expect_error(400, "guard.invalid_input");
        assert_eq!(get(&app, PATH).await.json(), json!([]));
    })
    .await;
}

#[tokio::test]
async fn registration_asks_for_the_catalogue_as_in_trace_20_20_and_keeps_only_what_fits() {
    for_each_engine(async |app: TestApp| {
        let fields = json!([
            {"name": "nickname", "type": "Text", "required": false, "config": {"minLength": 2}},
            {"name": "shoe", "type": "Number", "required": true, "config": {"maxValue": 60}},
            {"name": "news", "type": "Checkbox", "required": false},
        ]);
        send(&app, "POST", &format!("{PATH}/batch"), fields).await.expect(201);
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let id = id_of(&browser.new_identity("extra", PASSWORD).await.expect(200));
        let missing = browser.identify(&id).await.expect_error(422, "user.missing_profile").json();
        assert_eq!(missing["data"], json!({"missingProfile": ["extraProfile"]}));
        let extra =
            async |values: Value| browser.post("/profile", json!({"type": "extraProfile", "values": values})).await;
        extra(json!({"nickname": "x", "shoe": 61})).await.expect(204);
        extra(json!({"unknown": "x"})).await.expect(204);
        browser.identify(&id).await.expect_error(422, "user.missing_profile");
        extra(json!({"nickname": "nick", "shoe": 42, "news": true})).await.expect(204);
        let profile = browser.state().await["profile"].clone();
        let custom = json!({"shoe": 42, "news": true});
        assert_eq!(profile, json!({"username": "extra", "profile": {"nickname": "nick"}, "customData": custom}));
        browser.identify(&id).await.expect(201);
        let created = browser.state().await["userId"].as_str().unwrap().to_owned();
        browser.submit().await.expect(200);
        let row = user(&app, "default", &created).await;
        assert_eq!((json!(row.profile), json!(row.custom_data)), (json!({"nickname": "nick"}), custom));
    })
    .await;
}
