//! Clients that prove themselves by certificates, and tokens that are bound to them (RFC 8705), over real TLS.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, CertifiedIssuer, DistinguishedName, DnType, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::{Value, json};
use server::listener::{self, ConnectionLimits, Port};
use server::router::Site;
use server::settings::ClientCertificateSettings;
use server::tls::Tls;
use testkit::oidc::{TestClient, VERIFIER, claims};
use testkit::{TestApp, for_each_engine};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::fixtures::{self, ITEMS};
use crate::attacks::management_rights::role;

const MANAGEMENT: &str = "https://default.logto.app/api";

/// A certificate with its key.
struct Identity {
    der: CertificateDer<'static>,
    key: KeyPair,
}

impl Identity {
    fn base64(&self) -> String {
        STANDARD.encode(&self.der)
    }

    fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.der))
    }
}

/// Valid while the tests' clock stands, unless `years` say otherwise.
fn params(name: &str, years: (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::new(vec![format!("{name}.example")]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Harbour");
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    params
}

const NOW: (i32, i32) = (2020, 2099);

fn self_signed(name: &str, years: (i32, i32)) -> Identity {
    let key = KeyPair::generate().unwrap();
    Identity { der: params(name, years).self_signed(&key).unwrap().der().clone(), key }
}

/// An authority of certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = params("authority", NOW);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self, name: &str, years: (i32, i32)) -> Identity {
        let key = KeyPair::generate().unwrap();
        Identity { der: params(name, years).signed_by(&key, &self.0).unwrap().der().clone(), key }
    }
}

/// A server that asks for certificates, over the database of a test.
struct Secure {
    app: TestApp,
    port: u16,
    server: rcgen::CertifiedKey<KeyPair>,
    authority: Authority,
    directory: PathBuf,
}

struct Answer {
    status: u16,
    body: Value,
}

impl Secure {
    async fn start(app: &TestApp) -> Self {
        let authority = Authority::new();
        let unique = kernel::id::short_entity_id(&app.app.rng);
        let directory = std::env::temp_dir().join(format!("loggia-mtls-{}-{unique}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let server = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let [certificate, key, ca] = ["cert.pem", "key.pem", "ca.pem"].map(|name| directory.join(name));
        std::fs::write(&certificate, server.cert.pem()).unwrap();
        std::fs::write(&key, server.signing_key.serialize_pem()).unwrap();
        std::fs::write(&ca, authority.0.pem()).unwrap();
        let mut settings = app.app.settings.clone();
        settings.client_certificates = Some(ClientCertificateSettings { authorities: Some(ca) });
        let tls = Tls::load(certificate, key, settings.client_certificates.as_ref()).unwrap();
        let app = TestApp::with(app.engine, settings).await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let limits = ConnectionLimits::from_rlimit(&app.app.settings);
        let site = Site::new(&app.app, "default");
        let port_with_tls = Port { listener, tls: Some(tls.port()) };
        tokio::spawn(listener::serve(port_with_tls, site, limits, futures_util::future::pending()));
        Self { app, port, server, authority, directory }
    }

    /// The answer to a request over a connection that shows a certificate, or none.
    async fn send(&self, shown: Option<&Identity>, head: &str, body: &str) -> Answer {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.server.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let key = PrivateKeyDer::try_from(identity.key.serialize_der()).unwrap();
                builder.with_client_auth_cert(vec![identity.der.clone()], key).unwrap()
            }
        };
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let mut tls = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        let length = body.len();
        let request =
            format!("{head}\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
        tls.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        tls.read_to_end(&mut bytes).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, body: serde_json::from_str(body).unwrap_or_default() }
    }

    async fn post(&self, shown: Option<&Identity>, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = "application/x-www-form-urlencoded";
        self.send(shown, &format!("POST {path} HTTP/1.1\r\ncontent-type: {kind}"), &body).await
    }

    async fn get(&self, shown: Option<&Identity>, path: &str, token: &str) -> Answer {
        self.send(shown, &format!("GET {path} HTTP/1.1\r\nauthorization: Bearer {token}"), "").await
    }

    /// A token of a machine for an API.
    async fn machine_token(&self, shown: Option<&Identity>, client: &TestClient, resource: &str) -> Answer {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", client.id.as_str()),
            ("resource", resource),
            ("scope", "all"),
        ];
        self.post(shown, "/oidc/token", &fields).await
    }

    async fn machine(&self, custom: Value) -> TestClient {
        self.app.client("MachineToMachine", &[], custom).await
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

fn refused(answer: &Answer, status: u16, error: &str, what: &str) {
    assert_eq!((answer.status, &answer.body["error"]), (status, &json!(error)), "{what}: {}", answer.body);
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_with_the_name_of_the_client_proves_it() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let server = Secure::start(&app).await;
        let own = server.authority.issue("client", NOW);
        let named = |kind: &str, value: &str| {
            let subject = json!({"kind": kind, "value": value});
            json!({"tokenEndpointAuthMethod": "tls_client_auth", "tlsClientAuthSubject": subject})
        };
        for custom in [named("sanDns", "client.example"), named("subjectDn", "CN=client,O=Harbour")] {
            let client = server.machine(custom).await;
            let plain = token(&server.machine_token(Some(&own), &client, ITEMS).await);
            assert!(!claims(&plain).contains_key("cnf"), "bound only where it is set so");
            for (shown, what) in [
                (None, "none"),
                (Some(server.authority.issue("other", NOW)), "another name"),
                (Some(self_signed("client", NOW)), "nobody vouches for it"),
                (Some(Authority::new().issue("client", NOW)), "another authority"),
                (Some(server.authority.issue("client", (2020, 2021))), "expired"),
                (Some(server.authority.issue("client", (2090, 2099))), "not yet valid"),
            ] {
                refused(&server.machine_token(shown.as_ref(), &client, ITEMS).await, 401, "invalid_client", what);
            }
            let secret = client.secret.as_deref().unwrap();
            let fields = [
                ("grant_type", "client_credentials"),
                ("resource", ITEMS),
                ("client_id", client.id.as_str()),
                ("client_secret", secret),
            ];
            let answer = server.post(Some(&own), "/oidc/token", &fields).await;
            refused(&answer, 401, "invalid_client", "a secret is no way beside it");
        }
        for custom in
            [named("sanDns", "Client.example"), named("sanUri", "client.example"), named("subjectDn", "CN=client")]
        {
            let client = server.machine(custom).await;
            refused(&server.machine_token(Some(&own), &client, ITEMS).await, 401, "invalid_client", "exactly");
        }
    })
    .await;
}

#[tokio::test]
async fn a_registered_certificate_needs_no_authority_and_is_the_very_one() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let server = Secure::start(&app).await;
        let own = self_signed("client", NOW);
        let key = json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "x5c": [own.base64()]});
        let custom = json!({"tokenEndpointAuthMethod": "self_signed_tls_client_auth", "jwks": {"keys": [key]}});
        let client = server.machine(custom).await;
        token(&server.machine_token(Some(&own), &client, ITEMS).await);
        // Of the same key, but another certificate.
        let renewed = params("client", NOW).self_signed(&own.key).unwrap().der().clone();
        let renewed = Identity { der: renewed, key: KeyPair::try_from(own.key.serialize_der()).unwrap() };
        for (shown, what) in [
            (None, "none"),
            (Some(&renewed), "not registered"),
            (Some(&server.authority.issue("client", NOW)), "vouched for, but not registered"),
        ] {
            refused(&server.machine_token(shown, &client, ITEMS).await, 401, "invalid_client", what);
        }
        let expired = self_signed("client", (2020, 2021));
        let mut key = key_of(&expired);
        key["x5c"] = json!([expired.base64()]);
        let custom = json!({"tokenEndpointAuthMethod": "self_signed_tls_client_auth", "jwks": {"keys": [key]}});
        let late = server.machine(custom).await;
        refused(&server.machine_token(Some(&expired), &late, ITEMS).await, 401, "invalid_client", "expired");
    })
    .await;
}

/// A JWK; which key it is plays no part.
fn key_of(identity: &Identity) -> Value {
    let point = identity.key.public_key_raw();
    let member = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({"kty": "EC", "crv": "P-256", "x": member(&point[1..33]), "y": member(&point[33..]), "x5c": [identity.base64()]})
}

#[tokio::test]
async fn bound_tokens_open_userinfo_and_the_management_api_with_their_certificate_alone() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let server = Secure::start(&app).await;
        let (own, thief) = (self_signed("client", NOW), self_signed("thief", NOW));
        let custom = json!({"tokenEndpointAuthMethod": "self_signed_tls_client_auth", "jwks": {"keys": [key_of(&own)]},
            "tlsClientCertificateBoundAccessTokens": true});
        let machine = server.machine(custom.clone()).await;
        let rights = json!({"roleIds": [role(&server.app, "MachineToMachine").await]});
        let path = format!("/api/applications/{}/roles", machine.id);
        server.app.management_request("POST", &path).await.json(rights).send().await.expect(201);
        let bound = token(&server.machine_token(Some(&own), &machine, MANAGEMENT).await);
        assert_eq!(claims(&bound)["cnf"], json!({"x5t#S256": own.thumbprint()}));
        assert_eq!(server.get(Some(&own), "/api/applications", &bound).await.status, 200);
        for shown in [None, Some(&thief)] {
            assert_eq!(server.get(shown, "/api/applications", &bound).await.status, 401);
        }

        let web = server.app.client("Traditional", &["https://app.example.com/callback"], custom).await;
        let user = server.app.user("ada").await;
        let code = server.app.agent().sign_in(&server.app.authorization(&web, "openid"), &user).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", web.id.as_str()),
            ("code", code.as_str()),
            ("redirect_uri", web.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        let answer = server.post(Some(&own), "/oidc/token", &fields).await;
        assert_eq!(answer.body["token_type"], "Bearer");
        let bound = token(&answer);
        assert_eq!(server.get(Some(&own), "/oidc/me", &bound).await.body["sub"], user);
        for shown in [None, Some(&thief)] {
            refused(&server.get(shown, "/oidc/me", &bound).await, 401, "invalid_token", "stolen");
        }
        let asked = [("client_id", web.id.as_str()), ("token", bound.as_str())];
        let shown = server.post(Some(&own), "/oidc/token/introspection", &asked).await;
        assert_eq!(shown.body["cnf"], json!({"x5t#S256": own.thumbprint()}));
        assert_eq!((&shown.body["active"], &shown.body["token_type"]), (&json!(true), &json!("Bearer")));
    })
    .await;
}

#[tokio::test]
async fn a_client_whose_tokens_are_bound_gets_none_without_a_certificate_nor_with_a_proof() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let server = Secure::start(&app).await;
        let own = self_signed("client", NOW);
        let client = server.machine(json!({"tlsClientCertificateBoundAccessTokens": true})).await;
        let secret = client.secret.as_deref().unwrap();
        let fields = [
            ("grant_type", "client_credentials"),
            ("resource", ITEMS),
            ("client_id", client.id.as_str()),
            ("client_secret", secret),
        ];
        let bound = token(&server.post(Some(&own), "/oidc/token", &fields).await);
        assert_eq!(
            claims(&bound)["cnf"],
            json!({"x5t#S256": own.thumbprint()}),
            "a secret proves who, the certificate binds"
        );
        refused(&server.post(None, "/oidc/token", &fields).await, 400, "invalid_request", "none");
        let late = self_signed("client", (2020, 2021));
        refused(&server.post(Some(&late), "/oidc/token", &fields).await, 400, "invalid_request", "expired");
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let proof = super::rfc9449::Holder::new().proof(&server.app);
        let head = "POST /oidc/token HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded";
        let answer = server.send(Some(&own), &format!("{head}\r\ndpop: {proof}"), &body).await;
        refused(&answer, 400, "invalid_dpop_proof", "one or the other");
    })
    .await;
}

#[tokio::test]
async fn discovery_and_settings_say_what_the_server_asks_for() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let own = self_signed("client", NOW);
        let subject = json!({"kind": "sanDns", "value": "client.example"});
        let wanted: BTreeMap<&str, Value> = [
            ("named", json!({"tokenEndpointAuthMethod": "tls_client_auth", "tlsClientAuthSubject": subject})),
            (
                "registered",
                json!({"tokenEndpointAuthMethod": "self_signed_tls_client_auth", "jwks": {"keys": [key_of(&own)]}}),
            ),
            ("bound", json!({"tlsClientCertificateBoundAccessTokens": true})),
        ]
        .into();
        let create = async |app: &TestApp, custom: &Value| {
            let body = json!({"name": "m", "type": "MachineToMachine", "customClientMetadata": custom});
            app.management_request("POST", "/api/applications").await.json(body).send().await
        };
        let methods = async |app: &TestApp| {
            let document = app.get("/oidc/.well-known/openid-configuration").send().await.expect(200).json();
            let named = document["token_endpoint_auth_methods_supported"].as_array().unwrap().clone();
            let tls: Vec<Value> = named.into_iter().filter(|name| name.as_str().unwrap().contains("tls")).collect();
            (Value::from(tls), document["tls_client_certificate_bound_access_tokens"].clone())
        };
        assert_eq!(methods(&app).await, (json!([]), Value::Null));
        for custom in wanted.values() {
            let answer = create(&app, custom).await.expect(400);
            assert!(answer.text().contains("CLIENT_CERTIFICATES"), "{}", answer.text());
        }
        let mut settings = app.app.settings.clone();
        settings.client_certificates = Some(ClientCertificateSettings { authorities: None });
        let app = TestApp::with(app.engine, settings.clone()).await;
        assert_eq!(methods(&app).await, (json!(["self_signed_tls_client_auth"]), json!(true)));
        assert!(create(&app, &wanted["named"]).await.expect(400).text().contains("CLIENT_CA_PATH"));
        create(&app, &wanted["registered"]).await.expect(200);
        settings.client_certificates = Some(ClientCertificateSettings { authorities: Some("ca.pem".into()) });
        let app = TestApp::with(app.engine, settings).await;
        assert_eq!(methods(&app).await.0, json!(["self_signed_tls_client_auth", "tls_client_auth"]));
        for custom in wanted.values() {
            let made = create(&app, custom).await.expect(200).json();
            for (name, value) in custom.as_object().unwrap() {
                assert_eq!(&made["customClientMetadata"][name], value, "{name}");
            }
        }
        let mut keys = key_of(&own);
        keys["x5c"] = json!(["AAAA"]);
        for broken in [
            json!({"tokenEndpointAuthMethod": "tls_client_auth"}),
            json!({"tlsClientAuthSubject": subject}),
            json!({"tokenEndpointAuthMethod": "tls_client_auth", "tlsClientAuthSubject": {"kind": "cn", "value": "x"}}),
            json!({"tokenEndpointAuthMethod": "tls_client_auth", "tlsClientAuthSubject": {"kind": "sanDns", "value": ""}}),
            json!({"tokenEndpointAuthMethod": "self_signed_tls_client_auth"}),
            json!({"tokenEndpointAuthMethod": "self_signed_tls_client_auth", "jwks": {"keys": [keys]}}),
            json!({"tokenEndpointAuthMethod": "self_signed_tls_client_auth", "jwksUri": "https://a.example/jwks"}),
            json!({"tlsClientCertificateBoundAccessTokens": true, "dpopBoundAccessTokens": true}),
        ] {
            create(&app, &broken).await.expect(400);
        }
    })
    .await;
}
