//! Users of other systems keep their passwords (inventory M020, H115–H117).

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixture::{Browser, user};

/// A digest of `password` for each algorithm.
const DIGESTS: [(&str, &str); 9] = [
    ("MD5", "5f4dcc3b5aa765d61d8327deb882cf99"),
    ("SHA1", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"),
    ("SHA256", "5E884898DA28047151D0E56F8DC6292773603D0D6AABBDD62A11EF721D1542D8"),
    ("Bcrypt", "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm"),
    ("Legacy", r#"["sha256", ["salt123", "@"], "d833bc9900084e742ac71366b0f4f987beb70e8cd8b21a9baf999acc5079437f"]"#),
    ("Legacy", r#"["pbkdf2", ["mySalt", "1000", "20", "sha512", "@"], "852ef7190dfab72c20a544f908fc018e2db5609c"]"#),
    ("Argon2i", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"),
    ("Argon2id", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
    ("Argon2d", "$argon2d$v=19$m=256,t=2,p=1$c29tZXNhbHQ$JcTui6RIBUtJ78gE5Hi52CO+H5vS6Z9R1uxAB6OhUB8"),
];

async fn import(app: &TestApp, name: &str, algorithm: &str, digest: &str) -> TestResponse {
    let body = json!({"username": name, "passwordDigest": digest, "passwordAlgorithm": algorithm});
    app.management_request("POST", "/api/users").await.json(body).send().await
}

/// Digests of [`PASSWORD`] by the libraries that people come from; digests/make.py made them.
const LIBRARY_DIGESTS: &str = include_str!("digests/digests.txt");
const PASSWORD: &str = "correct horse ä";

/// An imported digest signs its user in, is replaced then, and not before.
async fn signs_in_once(browser: &Browser, name: &str, (algorithm, digest): (&str, &str), password: &str) {
    let app = &browser.app;
    let created = import(app, name, algorithm, digest).await.expect(200).json();
    let id = created["id"].as_str().unwrap();
    browser.password(name, "wrong horse ä").await.expect_error(422, "session.invalid_credentials");
    let kept = user(app, "default", id).await.password.unwrap();
    assert_eq!(kept.password_encrypted, digest, "{algorithm}");
    browser.password(name, password).await.expect(200);
    let replaced = user(app, "default", id).await.password.unwrap();
    assert_eq!(replaced.password_encryption_method, "Argon2id", "{digest}");
    assert!(replaced.password_encrypted.starts_with("$argon2id$v=19$m="), "{digest}");
    assert_ne!(replaced.password_encrypted, digest);
    browser.password(name, password).await.expect(200);
}

#[tokio::test]
async fn an_imported_digest_of_any_algorithm_signs_in_and_becomes_argon2id() {
    for_each_engine(async |app: TestApp| {
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        for (number, digest) in DIGESTS.into_iter().enumerate() {
            signs_in_once(&browser, &format!("import{number}"), digest, "password").await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_digest_of_any_library_signs_in_and_becomes_argon2id() {
    for_each_engine(async |app: TestApp| {
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let digests: Vec<(&str, &str)> = LIBRARY_DIGESTS.lines().filter_map(|line| line.split_once('\t')).collect();
        assert_eq!(digests.len(), 48);
        for (number, digest) in digests.into_iter().enumerate() {
            signs_in_once(&browser, &format!("library{number}"), digest, PASSWORD).await;
        }
    })
    .await;
}

#[tokio::test]
async fn c23_a_digest_that_would_keep_a_thread_busy_is_not_imported() {
    for_each_engine(async |app: TestApp| {
        let bcrypt = |cost: u32| format!("$2b${cost}$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm");
        let pbkdf2 = r#"["pbkdf2", ["@", "salt", "4000000000", "32", "sha256"], "00"]"#.to_owned();
        let argon2 = "$argon2id$v=19$m=4000000000,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        for (algorithm, digest, reason) in [
            ("Bcrypt", bcrypt(31), "at most 15"),
            ("Bcrypt", bcrypt(16), "at most 15"),
            ("Legacy", pbkdf2, "at most 5000000"),
            ("Argon2id", argon2.to_owned(), "at most 262144 KiB"),
            ("Legacy", format!("argon2{argon2}"), "at most 262144 KiB"),
            ("Legacy", bcrypt(16), "at most 15"),
            ("Legacy", format!("$6$rounds=1000001$saltsalt${}", "a".repeat(86)), "at most 1000000"),
            ("Legacy", format!("$pbkdf2-sha256$5000001$c2FsdA${}", "A".repeat(43)), "at most 5000000"),
            ("Legacy", format!("$scrypt$ln=19,r=8,p=1$c2FsdA${}", "A".repeat(43)), "N·r·p = 2097152"),
            ("Legacy", format!("$scrypt$ln=1,r=1,p=4000000000$c2FsdA${}", "A".repeat(43)), "N·r·p = 2097152"),
            ("Legacy", format!("scrypt:2147483648:8:1$salt${}", "0".repeat(128)), "N·r·p = 2097152"),
        ] {
            let error = import(&app, "slow", algorithm, &digest).await.expect_error(400, "guard.invalid_input").json();
            let issue: &Value = &error["data"]["issues"][0];
            assert_eq!(issue["path"], json!(["passwordDigest"]));
            assert!(issue["message"].as_str().unwrap().contains(reason), "{issue}");
        }
        for (digest, code) in [
            (r#"["sha256", ["salt"], "00"]"#, "password.invalid_legacy_password_format"),
            ("sha256", "password.invalid_legacy_password_format"),
            (r#"["whirlpool", ["@"], "00"]"#, "password.unsupported_legacy_hash_algorithm"),
            // Nobody could ever sign in with a digest that is too short.
            (r#"["sha256", ["@"], "00"]"#, "password.invalid_legacy_password_format"),
            (
                r#"["scrypt", ["@", "salt", "16384", "8", "1", "64"], "00"]"#,
                "password.unsupported_legacy_hash_algorithm",
            ),
            (
                "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
                "password.unsupported_legacy_hash_algorithm",
            ),
            ("$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "password.unsupported_legacy_hash_algorithm"),
            ("{CRYPT}abc", "password.unsupported_legacy_hash_algorithm"),
            ("{SSHA}AAAA", "password.invalid_legacy_password_format"),
            ("$6$saltsalt$short", "password.invalid_legacy_password_format"),
            ("pbkdf2_sha256$1000$salt", "password.invalid_legacy_password_format"),
            ("pbkdf2_sha256$1000$salt$", "password.invalid_legacy_password_format"),
        ] {
            import(&app, "odd", "Legacy", digest).await.expect_error(400, code);
        }
        // Nobody could ever sign in with a digest of a kind that can't be verified.
        for (algorithm, digest) in [
            ("Argon2id", "$scrypt$ln=16,r=8,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"),
            ("Argon2id", "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm"),
            ("Argon2i", "$argon2i$v=18$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"),
            (
                "Bcrypt",
                "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
            ),
            ("MD5", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"),
        ] {
            let error = import(&app, "alien", algorithm, digest).await.expect_error(400, "guard.invalid_input").json();
            let issue = &error["data"]["issues"][0];
            assert_eq!(issue["path"], json!(["passwordDigest"]), "{digest}");
            assert!(issue["message"].as_str().unwrap().contains("not a digest of this algorithm"), "{issue}");
        }
        // Existing clients import texts that are no digests; they match nothing.
        import(&app, "none", "MD5", "no-digest").await.expect(200);
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("none", "no-digest").await.expect_error(422, "session.invalid_credentials");
    })
    .await;
}
