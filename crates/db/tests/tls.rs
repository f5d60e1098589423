//! TLS to a real PostgreSQL, with each `sslmode`.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use db::{Db, DbUrl, Options, Sql};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use test_postgres::{ServerOptions, TestPostgres};

/// `plain` must come without TLS and `encrypted` with it; `scram` needs a password; `postgres` may come as it likes.
const ACCESS: &str = "hostnossl all plain 127.0.0.1/32 trust\n\
    hostssl all encrypted 127.0.0.1/32 trust\n\
    hostssl all scram 127.0.0.1/32 scram-sha-256\n\
    host all postgres 127.0.0.1/32 trust\n";

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("loggia-tls-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn start(certificate: &str, key: &str) -> Option<TestPostgres> {
    if test_postgres::programs().is_none() {
        eprintln!("PostgreSQL is not installed: not tried");
        return None;
    }
    let options =
        ServerOptions { settings: &["fsync=off"], certificate: Some((certificate, key)), access_rules: Some(ACCESS) };
    let server = TestPostgres::start_with(&std::env::temp_dir(), &options).unwrap();
    let url = server.url();
    let roles = "create role plain login; create role encrypted login; create role scram login password 'pass word'";
    let create = move || postgres::Client::connect(&url, postgres::NoTls).unwrap().batch_execute(roles).unwrap();
    std::thread::spawn(create).join().unwrap();
    Some(server)
}

/// Whether a connection is encrypted, or why there is none.
async fn connect(server: &TestPostgres, user_and_host: &str, query: &str) -> Result<bool, String> {
    let url = format!("postgres://{user_and_host}:{}/postgres?{query}", server.port());
    let url = DbUrl::from_str(&url).map_err(|error| error.to_string())?;
    let options = Options { pool_size: 1, ..Options::default() };
    let db = Db::open(&url, &options).map_err(|error| error.to_string())?;
    let ask = Sql::dynamic("select ssl from pg_stat_ssl where pid = pg_backend_pid()".into());
    db.read(move |r| r.query_one::<bool>(&ask, &[])).await.map_err(|error: db::DbError| error.to_string())
}

#[tokio::test]
async fn each_sslmode_protects_as_much_as_it_says() {
    let (ours, other) = (authority(), authority());
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &ours).unwrap();
    let Some(server) = start(&certificate.pem(), &key.serialize_pem()) else { return };
    let files = Files::new("modes");
    let (ca, wrong_ca) = (files.write("ca.pem", &ours.pem()), files.write("other.pem", &other.pem()));
    let (ours, wrong) = (format!("sslrootcert={ca}"), format!("sslrootcert={wrong_ca}"));
    for (user_and_host, query, expected) in [
        ("postgres@127.0.0.1", "sslmode=disable".to_owned(), false),
        ("postgres@127.0.0.1", String::new(), true),
        ("postgres@127.0.0.1", "sslmode=prefer".into(), true),
        ("plain@127.0.0.1", "sslmode=prefer".into(), false),
        ("encrypted@127.0.0.1", "sslmode=prefer".into(), true),
        ("postgres@127.0.0.1", "sslmode=require".into(), true),
        ("postgres@127.0.0.1", format!("sslmode=verify-ca&{ours}"), true),
        ("postgres@localhost", format!("sslmode=verify-full&{ours}"), true),
        ("scram:pass%20word@localhost", format!("sslmode=verify-full&{ours}&channel_binding=require"), true),
    ] {
        assert_eq!(connect(&server, user_and_host, &query).await, Ok(expected), "{user_and_host} {query}");
    }
    for (user_and_host, query, expected) in [
        ("encrypted@127.0.0.1", "sslmode=disable".to_owned(), "no encryption"),
        ("plain@127.0.0.1", "sslmode=require".into(), "SSL encryption"),
        ("postgres@127.0.0.1", format!("sslmode=verify-full&{ours}"), "check sslmode"),
        ("postgres@localhost", format!("sslmode=verify-full&{wrong}"), "invalid peer certificate"),
        ("postgres@127.0.0.1", format!("sslmode=verify-ca&{wrong}"), "invalid peer certificate"),
        ("postgres@127.0.0.1", format!("sslmode=require&{wrong}"), "invalid peer certificate"),
        ("postgres@localhost", "sslrootcert=system".into(), "invalid peer certificate"),
        ("postgres@localhost", "sslmode=verify-full".into(), "set sslrootcert"),
        ("postgres@localhost", "sslmode=verify-full&sslrootcert=/nowhere.pem".into(), "/nowhere.pem"),
        ("scram:wrong@localhost", format!("sslmode=verify-full&{ours}"), "password authentication failed"),
        ("postgres@127.0.0.1", "sslmode=disable&channel_binding=require".into(), "channel binding"),
    ] {
        let error = connect(&server, user_and_host, &query).await.unwrap_err();
        assert!(error.contains(expected), "{user_and_host} {query}: {error}");
    }
}

#[tokio::test]
async fn a_certificate_signed_by_itself_can_be_named_directly() {
    let own = authority();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    // As `openssl req -x509` makes it.
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let Some(server) = start(&certificate.pem(), &key.serialize_pem()) else { return };
    let files = Files::new("own");
    let (path, other) = (files.write("server.pem", &certificate.pem()), files.write("other.pem", &own.pem()));
    let named = format!("sslmode=verify-full&sslrootcert={path}");
    assert_eq!(connect(&server, "postgres@localhost", &named).await, Ok(true));
    assert!(connect(&server, "postgres@127.0.0.1", &named).await.is_err());
    assert!(connect(&server, "postgres@localhost", &format!("sslmode=verify-ca&sslrootcert={other}")).await.is_err());
}

#[tokio::test]
async fn a_server_without_tls_is_used_only_if_tls_is_not_required() {
    if test_postgres::programs().is_none() {
        return;
    }
    let server = TestPostgres::start(&std::env::temp_dir()).unwrap();
    assert_eq!(connect(&server, "postgres@127.0.0.1", "sslmode=prefer").await, Ok(false));
    let error = connect(&server, "postgres@127.0.0.1", "sslmode=require").await.unwrap_err();
    assert!(error.contains("does not support TLS") && error.contains("check sslmode"), "{error}");
}
