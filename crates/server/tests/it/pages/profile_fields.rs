//! Custom profile fields on the hosted pages (inventory E059, E060, H122–H125).

use flow::{Identifier, IdentifierType};
use serde_json::{Value, json};
use server::users::store;
use testkit::{Browser, TestApp, for_each_engine};

use super::fixture::{PASSWORD, application, authorization, is_back_with_code};

async fn add_fields(app: &TestApp, fields: Value) {
    app.management_request("POST", "/api/custom-profile-fields/batch").await.json(fields).send().await.expect(201);
}

#[tokio::test]
async fn a_new_person_is_asked_for_the_fields_and_told_what_does_not_fit() {
    for_each_engine(async |app| {
        let part = |name: &str, required: bool| json!({"enabled": true, "name": name, "type": "Text", "required": required});
        let parts = json!({"parts": [part("streetAddress", false), part("locality", true)]});
        let options = json!({"options": [{"value": "s", "label": "Small <S>"}, {"value": "l"}], "placeholder": "Pick"});
        add_fields(
            &app,
            json!([
                {"name": "fullname", "type": "Fullname", "required": true, "config": {"parts": [part("givenName", true), part("familyName", false)]}},
                {"name": "size", "type": "Select", "label": "T-shirt size", "required": true, "config": options},
                {"name": "birthdate", "type": "Date", "required": false, "config": {"format": "MM/dd/yyyy"}},
                {"name": "staff", "type": "Number", "label": "Staff number", "required": false, "config": {"minValue": 10}},
                {"name": "address", "type": "Address", "required": false, "config": parts},
                {"name": "news", "type": "Checkbox", "label": "Send me news", "required": false, "config": {"defaultValue": "true"}},
            ]),
        )
        .await;
        let client = application(&app, "Harbour", false).await;
        let mut browser = Browser::new(&app).reading("zh-CN");
        let page = browser.open(&authorization(&client, &[("first_screen", "register")])).await;
        let form = [("identifier", "grace"), ("password", PASSWORD), ("confirm", PASSWORD)];
        let page = browser.submit(&page, &form).await;
        for text in ["T-shirt size", "Small &lt;S&gt;", "Pick", "名", "城市", "出生日期", "Send me news", "<fieldset>"] {
            assert!(page.text().contains(text), "{text}: {}", page.text());
        }
        let wrong = [
            ("profile", "yes"),
            ("profile.fullname.givenName", ""),
            ("profile.size", "xl"),
            ("profile.birthdate", "2001-02-29"),
            ("profile.staff", "9"),
            ("profile.address.streetAddress", "Hafenstr. 1"),
        ];
        let again = browser.submit(&page, &wrong).await;
        assert_eq!(again.response.status, 422);
        for text in ["此项必填。", "请从列表中选择。", "MM/dd/yyyy", "不能小于 10。"] {
            assert!(again.text().contains(text), "{text}: {}", again.text());
        }
        assert_eq!(again.value("profile.address.streetAddress"), "Hafenstr. 1", "nothing is lost");
        let right = [
            ("profile", "yes"),
            ("profile.fullname.givenName", "Grace"),
            ("profile.size", "s"),
            ("profile.birthdate", "1906-12-09"),
            ("profile.staff", "42"),
            ("profile.address.locality", "Arlington"),
        ];
        let back = browser.submit(&again, &right).await;
        assert!(is_back_with_code(&back), "{} {}", back.url, back.text());
        let identifier = Identifier::new(IdentifierType::Username, "grace");
        let found = app.read("default", move |view| store::find_by_identifier(view, &identifier, true)).await;
        let user = found.unwrap().unwrap();
        assert_eq!(
            json!(user.profile),
            json!({"givenName": "Grace", "birthdate": "12/09/1906", "address": {"locality": "Arlington"}})
        );
        assert_eq!(json!(user.custom_data), json!({"size": "s", "staff": 42, "news": false}));
    })
    .await;
}
