//! Attacks of the catalogue that touch the device flow.

use serde_json::Value;
use testkit::{Browser, TestApp, for_each_engine};

use super::{device, start, start_of};
use crate::pages::fixture::{PASSWORD, user};

#[tokio::test]
async fn b20_only_the_browser_in_which_a_code_was_entered_first_decides() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        let started = start(&app).await;
        let (mut first, mut second) = (Browser::new(&app), Browser::new(&app));
        let page = started.enter(&mut first).await;
        assert_eq!(page.query("user_code"), started.user_code);
        for decision in ["confirm", "abort", "look"] {
            let form_page = second.open("/device").await;
            let fields = [("user_code", started.user_code.as_str()), (decision, "yes")];
            let refused = second.submit(&form_page, &fields).await;
            assert_eq!(refused.query("error"), "NotFoundError", "{decision}");
        }
        let looked = second.open(&format!("/device?user_code={}", started.user_code)).await;
        assert!(!looked.text().contains("test-Native"), "the page of another tells nothing: {}", looked.text());
        started.poll(&app).await.expect_error(400, "oidc.authorization_pending");
        let page = first.submit(&page, &[("user_code", &started.user_code), ("confirm", "yes")]).await;
        let done = first.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
        assert_eq!(done.path(), "/device/success");
        started.tokens(&app).await;
    })
    .await;
}

#[tokio::test]
async fn b20_of_many_browsers_at_once_one_gets_the_code() {
    for_each_engine(async |app: TestApp| {
        let started = start(&app).await;
        let entered = futures_util::future::join_all((0..6).map(async |_| {
            let page = started.enter(&mut Browser::new(&app)).await;
            page.query("user_code") == started.user_code
        }));
        assert_eq!(entered.await.into_iter().filter(|entered| *entered).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn b21_a_network_that_guesses_user_codes_is_locked_for_a_while() {
    for_each_engine(async |app: TestApp| {
        let started = start(&app).await;
        let mut refused = 0;
        let mut browser = Browser::new(&app);
        let earlier = start_of(&app, &started.client, &[]).await;
        let waiting = earlier.enter(&mut browser).await;
        let page = browser.open("/device").await;
        let xsrf = page.value("xsrf");
        for n in 0..1000 {
            let letters = b"BCDFGHJKLMNPQRSTVWXZ";
            let guess: String = (0..8).map(|place| char::from(letters[(n / 20_usize.pow(place % 3)) % 20])).collect();
            let form = [("xsrf", xsrf.as_str()), ("user_code", guess.as_str())];
            let answer = browser.send("POST", "/oidc/device", Some(&form)).await.expect(302);
            refused += usize::from(answer.header("location").ends_with("error=TooManyAttempts"));
        }
        assert_eq!(refused, 970);
        // Who has entered a code before still decides.
        let decided = browser.submit(&waiting, &[("user_code", &earlier.user_code), ("abort", "yes")]).await;
        assert_eq!(decided.query("error"), "AbortedError", "{}", decided.text());
        // A new browser of the same network does not help, and the right code neither.
        let page = started.enter(&mut Browser::new(&app)).await;
        assert_eq!(page.query("error"), "TooManyAttempts");
        assert!(page.text().contains("Too many wrong codes"));
        app.app.clock.advance(std::time::Duration::from_secs(900));
        let started = start_of(&app, &started.client, &[]).await;
        let page = started.enter(&mut Browser::new(&app)).await;
        assert_eq!(page.query("user_code"), started.user_code);
    })
    .await;
}

#[tokio::test]
async fn f11_no_other_website_enters_or_confirms_a_code() {
    for_each_engine(async |app: TestApp| {
        let started = start(&app).await;
        let mut browser = Browser::new(&app);
        let xsrf = browser.open("/device").await.value("xsrf");
        for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
            let cookies = format!(
                "_device_flow={}; _device_flow.sig={}",
                browser.cookie("_device_flow"),
                browser.cookie("_device_flow.sig")
            );
            let form = [("xsrf", xsrf.as_str()), ("user_code", &started.user_code), ("confirm", "yes")];
            let request = app.post("/oidc/device").header("cookie", &cookies).header(name, value).form(&form);
            request.send().await.expect(403);
        }
        // The secret of another browser, and a cookie without a signature, prove nothing.
        let other = Browser::new(&app).open("/device").await.value("xsrf");
        for cookies in [format!("_device_flow={xsrf}"), format!("_device_flow={xsrf}; _device_flow.sig={other}")] {
            let form = [("xsrf", xsrf.as_str()), ("user_code", &started.user_code)];
            let answer = app.post("/oidc/device").header("cookie", &cookies).form(&form).send().await.expect(302);
            assert_eq!(answer.header("location"), "/device?error=InvalidRequest");
        }
        let page = started.enter(&mut browser).await;
        assert_eq!(page.query("user_code"), started.user_code);
    })
    .await;
}

#[tokio::test]
async fn b22_an_interaction_of_one_flow_is_not_resumed_by_the_other() {
    for_each_engine(async |app: TestApp| {
        let id = user(&app, "ada").await;
        let started = start(&app).await;
        let mut agent = app.agent();
        let xsrf = {
            agent.get("/oidc/device").await.expect(302);
            agent.cookie("_device_flow").to_owned()
        };
        let form = [("xsrf", xsrf.as_str()), ("user_code", &started.user_code), ("confirm", "yes")];
        agent.send(app.post("/oidc/device").form(&form)).await.expect(303);
        let to = agent.complete_login(&id).await;
        assert!(to.contains("/oidc/device/"), "{to}");
        let planted: Vec<(String, String)> = agent
            .cookies()
            .filter(|(name, _, _)| name.starts_with("_interaction_resume"))
            .map(|(name, value, _)| (name.to_owned(), value.to_owned()))
            .collect();
        let elsewhere = to.replace("/oidc/device/", "/oidc/auth/");
        let path = elsewhere.strip_prefix("http://localhost:3001").unwrap().to_owned();
        for (name, value) in planted {
            agent.set_cookie(&name, &value, &path);
        }
        agent.get(&elsewhere).await.expect_error(400, "session.not_found");
        started.poll(&app).await.expect_error(400, "oidc.authorization_pending");
        let next = agent.get(&to).await.expect(303);
        assert!(next.header("location").starts_with("/consent"));
    })
    .await;
}

#[tokio::test]
async fn c7_a_locked_user_is_refused_here_too() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        let client = device(&app).await;
        let started = start_of(&app, &client, &[("scope", "openid")]).await;
        let mut browser = Browser::new(&app);
        let mut page = started.confirm(&mut browser).await;
        for _ in 0..100 {
            page = browser.submit(&page, &[("identifier", "ada"), ("password", "wrong")]).await;
        }
        let refused = browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
        assert_eq!(refused.path(), "/sign-in", "{}", refused.text());
        started.poll(&app).await.expect_error(400, "oidc.authorization_pending");
    })
    .await;
}

#[tokio::test]
async fn b10_a_device_that_ends_ends_no_other_of_the_same_browser() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        let first = start(&app).await;
        let second = start_of(&app, &first.client, &[("scope", "openid offline_access profile")]).await;
        let mut browser = Browser::new(&app);
        first.approve(&mut browser).await;
        second.confirm(&mut browser).await;
        let (first, second) = (first.tokens(&app).await, (second.tokens(&app).await, second));
        let (tokens, second) = second;
        let text = |tokens: &Value, name: &str| tokens[name].as_str().unwrap().to_owned();
        let revoke = [("token", text(&first, "refresh_token"))];
        let revoke = revoke.each_ref().map(|(name, value)| (*name, value.as_str()));
        app.token_request_at("/oidc/token/revocation", &second.client, &revoke).send().await.expect(200);
        app.get("/oidc/me").bearer(&text(&first, "access_token")).send().await.expect(401);
        app.get("/oidc/me").bearer(&text(&tokens, "access_token")).send().await.expect(200);
        app.refresh(&second.client, &text(&tokens, "refresh_token"), &[]).send().await.expect(200);
    })
    .await;
}
