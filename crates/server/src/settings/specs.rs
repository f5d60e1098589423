//! What can be set.

/// A setting: its environment variable and its description. The name in the file is in lower case.
pub struct SettingSpec {
    pub name: &'static str,
    pub help: &'static str,
}

const fn spec(name: &'static str, help: &'static str) -> SettingSpec {
    SettingSpec { name, help }
}

/// All settings. Other names in a configuration file are an error.
pub const SETTINGS: &[SettingSpec] = &[
    spec("DB_URL", "sqlite://PATH or postgres://…; default: loggia.db in DATA_DIR"),
    spec("DATA_DIR", "directory of the embedded database and of a key file; default: the working directory"),
    spec(
        "SECRET_KEY",
        "32 bytes in base64 or hex that seal secrets in the database, not as a flag; default: in a file",
    ),
    spec("SECRET_KEY_PREVIOUS", "older keys, separated by commas, that still open secrets; not as a flag"),
    spec(
        "SECRET_VAULT_KEK",
        "32 bytes in base64 that seal tokens of social providers; not as a flag; default: none are stored",
    ),
    spec("STATUS_API_KEY", "key for which GET /api/status names its tenant; not as a flag; default: it never does"),
    spec("HOST", "address to listen on; default: all, [::]"),
    spec("PORT", "port of the tenant `default`; default 3001"),
    spec("ENDPOINT", "public URL of the tenant `default`; default http://localhost:PORT"),
    spec("ADMIN_PORT", "port of the tenant `admin`; default 3002"),
    spec("ADMIN_ENDPOINT", "public URL of the tenant `admin`; default http://localhost:ADMIN_PORT"),
    spec("ADMIN_DISABLE_LOCALHOST", "true closes the admin port when ADMIN_ENDPOINT is not set; default false"),
    spec("HTTPS_CERT_PATH", "PEM file with the certificate chain; with HTTPS_KEY_PATH both ports speak HTTPS"),
    spec("HTTPS_KEY_PATH", "PEM file with the certificate's private key"),
    spec("CLIENT_CERTIFICATES", "true asks who connects over HTTPS for a certificate (RFC 8705); default false"),
    spec("CLIENT_CA_PATH", "PEM file with the authorities of client certificates, for tls_client_auth; default none"),
    spec("TRUST_PROXY_HEADER", "true trusts X-Forwarded-For of the proxy in front; default false"),
    spec(
        "INJECTED_HEADER_MAPPING_JSON",
        "headers of the trusted proxy that tell where a sign-in comes from, as in {\"country\": \"cf-ipcountry\"}; default x-logto-cf-*",
    ),
    spec("DATABASE_POOL_SIZE", "connections to PostgreSQL; default 20"),
    spec("DATABASE_CONNECTION_TIMEOUT", "milliseconds to wait for a connection; default 5000"),
    spec("DATABASE_STATEMENT_TIMEOUT", "milliseconds per statement, or DISABLE_TIMEOUT; default 30000"),
    spec("CASE_SENSITIVE_USERNAME", "false makes user names ignore case everywhere; default true"),
    spec("PASSWORD_HASH_MEMORY", "KiB of memory per Argon2id hash; default 19456"),
    spec("PASSWORD_HASH_PASSES", "passes of an Argon2id hash; default 2"),
    spec("PASSWORD_HASH_THREADS", "hashes computed at the same time; default: the number of cores"),
    spec(
        "SIGNING_KEY_ROTATION_DAYS",
        "days after which a new key signs tokens, published a day before; default 0, which is never",
    ),
    spec("AUDIT_LOG_MAX_DAYS", "days after which entries of the audit log are deleted; default 90"),
    spec("AUDIT_LOG_MAX_ENTRIES", "entries of the audit log beyond which the oldest are deleted; default 1000000"),
    spec(
        "AUDIT_LOG_MAX_MEGABYTES",
        "size of the audit log beyond which its oldest hours are deleted, about; default 4096",
    ),
    spec(
        "OUTBOUND_ALLOW",
        "hosts and networks the server may call though they are private, as in idp.internal, 10.1.0.0/16; default none",
    ),
    spec(
        "BREACHED_PASSWORDS_URL",
        "service that new passwords are looked up at by a part of their hash, as in https://api.pwnedpasswords.com; default none",
    ),
    spec(
        "ASSET_STORAGE",
        "where pictures of people are kept: directory, s3 or none; default: directory if there is one",
    ),
    spec(
        "ASSET_DIR",
        "directory of these pictures; default: beside the embedded database, with .assets instead of .db",
    ),
    spec("ASSET_S3_ENDPOINT", "URL of a store that speaks the protocol of S3; default: Amazon's of the region"),
    spec("ASSET_S3_BUCKET", "name of the bucket"),
    spec("ASSET_S3_REGION", "region of the bucket; default us-east-1"),
    spec("ASSET_S3_ACCESS_KEY_ID", "id of the key that opens the bucket"),
    spec("ASSET_S3_SECRET_ACCESS_KEY", "the key that opens the bucket; not as a flag"),
    spec(
        "ASSET_S3_PATH_STYLE",
        "true names the bucket in the path, not in the host; default: true with ASSET_S3_ENDPOINT",
    ),
    spec("ASSET_PUBLIC_URL", "URL where everybody can read the bucket; default: this server hands out the pictures"),
    spec(
        "DEMO_APPS",
        "false takes /demo-app and /device-demo-app away, the applications to try a sign-in with; default true",
    ),
    spec("LOG_FORMAT", "text or json; default text on a terminal, else json"),
    spec("LOG_LEVEL", "error, warn, info, debug or trace; default info"),
];
