//! The Rust SDK against the real server, without sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use client::{
    Client, Config, Error, ErrorKind, MemoryStorage, Operation, PendingSave, PersistKey, Request, Response,
    SignInOptions, Storage, Transport, TransportError,
};
use kernel::Rng;
use testkit::oidc::TestClient;
use testkit::{TestApp, for_each_engine};
use tokio::runtime::Handle;
use url::Url;

/// Sends requests into the server's router. Only used on blocking threads, as the client's operations are.
struct InProcess {
    app: TestApp,
    runtime: Handle,
    token_requests: Arc<AtomicUsize>,
    hanging: Arc<AtomicBool>,
}

impl Transport for InProcess {
    fn send(&self, request: &Request<'_>) -> Result<Response, TransportError> {
        if self.hanging.load(Ordering::SeqCst) {
            std::thread::sleep(request.timeout);
            return Err(TransportError { reason: "the server hangs".to_owned(), timeout: true });
        }
        let path = request.url.strip_prefix("http://localhost:3001").expect("only this server is asked");
        let call = match request.form {
            Some(form) => {
                self.token_requests.fetch_add(1, Ordering::SeqCst);
                let kind = "application/x-www-form-urlencoded";
                self.app.post(path).header("content-type", kind).raw(form.as_bytes())
            }
            None => self.app.get(path),
        };
        let call = match request.bearer {
            Some(token) => call.bearer(token),
            None => call,
        };
        let response = self.runtime.block_on(call.send());
        Ok(Response { status: response.status.as_u16(), body: response.text(), date: None })
    }
}

/// An application of the server, with one user's session.
struct Party {
    app: TestApp,
    client: Client,
    storage: MemoryStorage,
    token_requests: Arc<AtomicUsize>,
    hanging: Arc<AtomicBool>,
    redirect_uri: String,
}

async fn run<T: Send + 'static>(operation: Operation<T>) -> PendingSave<T> {
    tokio::task::spawn_blocking(move || operation.run()).await.unwrap()
}

impl Party {
    fn new(app: &TestApp, registered: &TestClient) -> Self {
        let token_requests = Arc::new(AtomicUsize::new(0));
        let hanging = Arc::new(AtomicBool::new(false));
        let transport = InProcess {
            app: app.clone(),
            runtime: Handle::current(),
            token_requests: token_requests.clone(),
            hanging: hanging.clone(),
        };
        let config = Config {
            timeout: Duration::from_secs(2),
            ..Config::new("http://localhost:3001", &registered.id, registered.secret.as_deref())
        };
        let client = Client::with_parts(config, Arc::new(transport), app.app.clock.clone(), Rng::system()).unwrap();
        let redirect_uri = registered.redirect_uri.clone();
        Self { app: app.clone(), client, storage: MemoryStorage::default(), token_requests, hanging, redirect_uri }
    }

    /// Starts a sign-in and lets the user pass it in a fresh browser; gives the callback's address.
    async fn visit(&self, user: &str) -> String {
        let options = SignInOptions { redirect_uri: self.redirect_uri.clone(), ..SignInOptions::default() };
        let url = run(self.client.sign_in(options)).await.save(&self.storage).unwrap();
        let parameters: Vec<_> = Url::parse(&url).unwrap().query_pairs().into_owned().collect();
        self.app.agent().authorize_as(&parameters, user).await.into()
    }

    async fn sign_in(&self, user: &str) -> Result<(), Error> {
        let callback = self.visit(user).await;
        run(self.client.handle_callback(&self.storage, &callback)?).await.save(&self.storage)
    }

    async fn access_token(&self) -> Result<Option<String>, Error> {
        run(self.client.access_token(&self.storage, "")?).await.save(&self.storage)
    }

    async fn user_info(&self) -> Result<Option<String>, Error> {
        run(self.client.user_info(&self.storage)?).await.save(&self.storage)
    }

    async fn claims(&self) -> Result<String, Error> {
        run(self.client.id_token_claims(&self.storage)?).await.save(&self.storage)
    }

    async fn sign_out(&self, target: Option<&str>) -> Result<String, Error> {
        run(self.client.sign_out(&self.storage, target)?).await.save(&self.storage)
    }

    fn stored(&self, key: PersistKey) -> Option<String> {
        self.storage.get(key).unwrap()
    }
}

#[tokio::test]
async fn a_user_signs_in_is_known_and_signs_out() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        for registered in [app.web_client().await, app.spa_client().await] {
            let party = Party::new(&app, &registered);
            party.sign_in(&user).await.unwrap();
            assert!(party.claims().await.unwrap().contains(&format!(r#""sub":"{user}""#)));
            let info = party.user_info().await.unwrap().unwrap();
            assert!(info.contains(&user), "{info}");
            let target = format!("{}/bye", party.redirect_uri);
            let url = party.sign_out(Some(&target)).await.unwrap();
            assert!(url.starts_with("http://localhost:3001/oidc/session/end?client_id="), "{url}");
            assert_eq!(party.claims().await.unwrap_err().code(), "id_token.not_found");
        }
    })
    .await;
}

#[tokio::test]
async fn an_ended_access_token_is_refreshed_once_for_all_who_wait() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let party = Party::new(&app, &app.spa_client().await);
        party.sign_in(&user).await.unwrap();
        let first = party.access_token().await.unwrap();
        let before = party.stored(PersistKey::RefreshToken);
        app.app.clock.advance(Duration::from_secs(3600));
        let asked = party.token_requests.load(Ordering::SeqCst);
        let operations: Vec<_> = (0..4).map(|_| party.client.access_token(&party.storage, "").unwrap()).collect();
        let running: Vec<_> = operations.into_iter().map(|operation| tokio::spawn(run(operation))).collect();
        for one in running {
            let token = one.await.unwrap().save(&party.storage).unwrap();
            assert!(token.is_some() && token != first);
        }
        assert_eq!(party.token_requests.load(Ordering::SeqCst), asked + 1);
        assert_ne!(party.stored(PersistKey::RefreshToken), before, "a public client's refresh token is rotated");
        assert!(party.claims().await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_session_that_the_server_ended_asks_for_a_new_sign_in_and_leaves_nothing() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let party = Party::new(&app, &app.web_client().await);
        party.sign_in(&user).await.unwrap();
        app.sql("update users set is_suspended = true where id = $1", vec![user.as_str().into()]).await;
        app.app.clock.advance(Duration::from_secs(3600));
        let error = party.access_token().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Reauthentication, "{error}");
        for key in [PersistKey::IdToken, PersistKey::RefreshToken, PersistKey::AccessTokenMap] {
            assert_eq!(party.stored(key), None);
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_secret_is_the_providers_refusal() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let mut registered = app.web_client().await;
        registered.secret = Some("not-the-secret".to_owned());
        let error = Party::new(&app, &registered).sign_in(&user).await.unwrap_err();
        assert_eq!((error.code(), error.status()), ("invalid_client", Some(401)));
    })
    .await;
}

#[tokio::test]
async fn d13_a_callback_of_another_browser_is_refused() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("mallory").await;
        let registered = app.web_client().await;
        let (attacker, victim) = (Party::new(&app, &registered), Party::new(&app, &registered));
        let callback = attacker.visit(&user).await;
        let refused = victim.client.handle_callback(&victim.storage, &callback).err().unwrap();
        assert_eq!(refused.code(), "sign_in_session.not_found");
        victim.visit(&user).await;
        let refused = victim.client.handle_callback(&victim.storage, &callback).err().unwrap();
        assert_eq!(refused.code(), "callback.invalid_state");
        assert_eq!(victim.token_requests.load(Ordering::SeqCst), 0);
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_the_refresh_token_and_what_was_given_out_for_it() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        for registered in [app.web_client().await, app.spa_client().await] {
            let party = Party::new(&app, &registered);
            party.sign_in(&user).await.unwrap();
            // Somebody has a copy of the session.
            let copy = Party::new(&app, &registered);
            for key in [PersistKey::IdToken, PersistKey::RefreshToken, PersistKey::AccessTokenMap] {
                copy.storage.set(key, &party.stored(key).unwrap()).unwrap();
            }
            party.sign_out(None).await.unwrap();
            // userinfo refuses the access token, the token endpoint the refresh token that would replace it.
            let refused = copy.user_info().await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Reauthentication, "{refused}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_ended_id_token_is_renewed_as_long_as_the_server_allows() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let party = Party::new(&app, &app.web_client().await);
        party.sign_in(&user).await.unwrap();
        let first = party.stored(PersistKey::IdToken);
        app.app.clock.advance(Duration::from_secs(3700));
        assert!(party.claims().await.unwrap().contains(&format!(r#""sub":"{user}""#)));
        assert_ne!(party.stored(PersistKey::IdToken), first);
        app.sql("update users set is_suspended = true where id = $1", vec![user.as_str().into()]).await;
        app.app.clock.advance(Duration::from_secs(3700));
        assert_eq!(party.claims().await.unwrap_err().kind(), ErrorKind::Reauthentication);
        assert_eq!(party.stored(PersistKey::IdToken), None);
    })
    .await;
}

#[tokio::test]
async fn stale_keys_and_metadata_serve_at_once_while_the_server_hangs() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let party = Party::new(&app, &app.web_client().await);
        party.sign_in(&user).await.unwrap();
        app.app.clock.advance(Duration::from_secs(59 * 60 + 30));
        party.access_token().await.unwrap();
        app.app.clock.advance(Duration::from_secs(60));
        party.hanging.store(true, Ordering::SeqCst);
        let started = Instant::now();
        for _ in 0..5 {
            party.claims().await.unwrap();
        }
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        party.hanging.store(false, Ordering::SeqCst);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_hangs_is_no_end_of_session() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let party = Party::new(&app, &app.web_client().await);
        party.sign_in(&user).await.unwrap();
        app.app.clock.advance(Duration::from_secs(3700));
        party.hanging.store(true, Ordering::SeqCst);
        let before = party.stored(PersistKey::RefreshToken);
        for refused in [party.claims().await.unwrap_err(), party.access_token().await.unwrap_err()] {
            assert_eq!(refused.code(), "network.timeout");
        }
        assert_eq!(party.stored(PersistKey::RefreshToken), before);
        party.hanging.store(false, Ordering::SeqCst);
        assert!(party.claims().await.is_ok());
    })
    .await;
}
