//! Where files of people are kept (inventory H130).

use std::path::PathBuf;

use db::DbUrl;
use kernel::Secret;
use url::Url;

use super::SettingsError;
use super::values::{Lookup, parse_bool, web_url};

/// The settings of a bucket: they do nothing with another storage.
const OF_S3: [&str; 7] = [
    "ASSET_S3_ENDPOINT",
    "ASSET_S3_BUCKET",
    "ASSET_S3_REGION",
    "ASSET_S3_ACCESS_KEY_ID",
    "ASSET_S3_SECRET_ACCESS_KEY",
    "ASSET_S3_PATH_STYLE",
    "ASSET_PUBLIC_URL",
];

/// Where files of people are kept.
#[derive(Debug, Clone)]
pub enum AssetStorage {
    /// Nobody can upload.
    None,
    Directory(PathBuf),
    S3 {
        bucket: Bucket,
        /// Where everybody can read the bucket, without a slash at its end; none makes this server hand out the files.
        public_url: Option<String>,
    },
}

/// A bucket of S3, or of what speaks its protocol.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Of the bucket itself, with a slash at its end.
    pub url: Url,
    pub credentials: Credentials,
}

/// What opens a bucket.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: Secret<String>,
    pub region: String,
}

/// A directory beside an embedded database unless another storage is set. Several servers on one PostgreSQL must share it, which only
/// the operator can see to.
pub(super) fn asset_storage(get: Lookup<'_>, database: &DbUrl) -> Result<AssetStorage, SettingsError> {
    const NAME: &str = "ASSET_STORAGE";
    let directory = get("ASSET_DIR").map(PathBuf::from);
    let kind = get(NAME).map(|kind| kind.to_ascii_lowercase());
    if kind.as_deref() == Some("s3") {
        if directory.is_some() {
            return Err(SettingsError("ASSET_DIR is set, but ASSET_STORAGE is s3; set one of them".into()));
        }
        return s3(get);
    }
    if let Some(name) = OF_S3.into_iter().find(|name| get(name).is_some()) {
        return Err(SettingsError(format!("{name} is set without {NAME}; write s3 there, or remove it")));
    }
    match kind.as_deref() {
        None | Some("directory") => {
            let beside = || database.path().map(|path| path.with_extension("assets"));
            match directory.or_else(beside) {
                Some(directory) => Ok(AssetStorage::Directory(directory)),
                None if kind.is_none() => Ok(AssetStorage::None),
                None => Err(SettingsError(format!(
                    "{NAME} is directory, but no ASSET_DIR is set; name a directory that all servers on this database share"
                ))),
            }
        }
        Some("none") if directory.is_some() => {
            Err(SettingsError(format!("ASSET_DIR is set, but {NAME} is none; set one of them")))
        }
        Some("none") => Ok(AssetStorage::None),
        Some("azure" | "google" | "gcs" | "azurestorage" | "googlestorage") => Err(SettingsError(format!(
            "{NAME} is `{}`, which is not supported; write s3, which Google's interoperability endpoint and gateways for Azure \
             speak, or directory",
            kind.unwrap_or_default()
        ))),
        Some(other) => Err(SettingsError(format!("{NAME} is `{other}`; write one of directory, s3, none"))),
    }
}

fn s3(get: Lookup<'_>) -> Result<AssetStorage, SettingsError> {
    let required = |name: &str| {
        get(name).ok_or_else(|| SettingsError(format!("{name} is not set; ASSET_STORAGE is s3, which needs it")))
    };
    let bucket = required("ASSET_S3_BUCKET")?;
    if !is_name(&bucket) {
        return Err(SettingsError(format!(
            "ASSET_S3_BUCKET is `{bucket}`; write the bucket's name alone, as in loggia-pictures"
        )));
    }
    let region = get("ASSET_S3_REGION").unwrap_or_else(|| "us-east-1".to_owned());
    if !is_name(&region) {
        return Err(SettingsError(format!("ASSET_S3_REGION is `{region}`; write it as in eu-central-1")));
    }
    let own_endpoint = web_url(get, "ASSET_S3_ENDPOINT", "https://minio.example.com")?;
    // Other stores than Amazon's seldom have a name per bucket.
    let path_style = parse_bool(get, "ASSET_S3_PATH_STYLE", own_endpoint.is_some())?;
    let endpoint = own_endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    let unusable = || SettingsError(format!("ASSET_S3_ENDPOINT is `{endpoint}`, under which a bucket has no address"));
    let url = match (path_style, endpoint.split_once("://")) {
        (false, Some((scheme, host))) => format!("{scheme}://{bucket}.{host}/"),
        _ => format!("{endpoint}/{bucket}/"),
    };
    let url = Url::parse(&url).map_err(|_| unusable())?;
    let credentials = Credentials {
        access_key_id: required("ASSET_S3_ACCESS_KEY_ID")?,
        secret_access_key: Secret::new(required("ASSET_S3_SECRET_ACCESS_KEY")?),
        region,
    };
    let public_url = web_url(get, "ASSET_PUBLIC_URL", "https://pictures.example.com")?;
    Ok(AssetStorage::S3 { bucket: Bucket { url, credentials }, public_url })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: (&str, &str) = ("ASSET_S3_ACCESS_KEY_ID", "id");
    const SECRET: (&str, &str) = ("ASSET_S3_SECRET_ACCESS_KEY", "hush");
    const S3: (&str, &str) = ("ASSET_STORAGE", "s3");
    const BUCKET: (&str, &str) = ("ASSET_S3_BUCKET", "pictures");

    fn load(database: &str, pairs: &[(&str, &str)]) -> Result<AssetStorage, String> {
        let get = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        asset_storage(&get, &database.parse().unwrap()).map_err(|error| error.0)
    }

    fn directory(database: &str, pairs: &[(&str, &str)]) -> Option<String> {
        match load(database, pairs).unwrap() {
            AssetStorage::Directory(path) => Some(path.display().to_string()),
            _ => None,
        }
    }

    #[test]
    fn an_embedded_database_has_its_files_beside_it_and_postgresql_nowhere() {
        assert_eq!(directory("sqlite:///srv/auth.db", &[]).as_deref(), Some("/srv/auth.assets"));
        assert_eq!(directory("postgres://db/x", &[]), None);
        for database in ["sqlite:///srv/auth.db", "postgres://db/x"] {
            assert_eq!(directory(database, &[("ASSET_DIR", "/mnt/shared")]).as_deref(), Some("/mnt/shared"));
            assert_eq!(directory(database, &[("ASSET_STORAGE", "none")]), None);
        }
    }

    #[test]
    fn a_bucket_has_a_name_of_its_own_at_amazon_and_a_path_elsewhere() {
        let url = |more: &[(&str, &str)]| match load("postgres://db/x", &[&[S3, BUCKET, KEY, SECRET], more].concat()) {
            Ok(AssetStorage::S3 { bucket, .. }) => bucket.url.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(url(&[]), "https://pictures.s3.us-east-1.amazonaws.com/");
        assert_eq!(
            url(&[("ASSET_S3_REGION", "eu-central-1"), ("ASSET_S3_PATH_STYLE", "true")]),
            "https://s3.eu-central-1.amazonaws.com/pictures/"
        );
        let own = ("ASSET_S3_ENDPOINT", "http://minio.internal:9000/");
        assert_eq!(url(&[own]), "http://minio.internal:9000/pictures/");
        assert_eq!(url(&[own, ("ASSET_S3_PATH_STYLE", "false")]), "http://pictures.minio.internal:9000/");
    }

    #[test]
    fn the_secret_is_never_shown() {
        assert!(!format!("{:?}", load("sqlite://a.db", &[S3, BUCKET, KEY, SECRET])).contains("hush"));
    }

    #[test]
    fn each_mistake_is_named_with_what_to_write() {
        for (pairs, expected) in [
            (&[("ASSET_STORAGE", "azure")][..], "ASSET_STORAGE is `azure`, which is not supported; write s3"),
            (&[("ASSET_STORAGE", "GoogleStorage")], "`googlestorage`, which is not supported"),
            (&[("ASSET_STORAGE", "disk")], "ASSET_STORAGE is `disk`; write one of directory, s3, none"),
            (&[("ASSET_STORAGE", "directory")], "no ASSET_DIR is set"),
            (&[("ASSET_STORAGE", "none"), ("ASSET_DIR", "a")], "but ASSET_STORAGE is none"),
            (&[S3, ("ASSET_DIR", "a")], "but ASSET_STORAGE is s3"),
            (&[BUCKET], "ASSET_S3_BUCKET is set without ASSET_STORAGE"),
            (&[("ASSET_PUBLIC_URL", "https://a.example")], "ASSET_PUBLIC_URL is set without ASSET_STORAGE"),
            (&[S3], "ASSET_S3_BUCKET is not set"),
            (&[S3, ("ASSET_S3_BUCKET", "https://a.example/b")], "write the bucket's name alone"),
            (&[S3, BUCKET], "ASSET_S3_ACCESS_KEY_ID is not set"),
            (&[S3, BUCKET, KEY], "ASSET_S3_SECRET_ACCESS_KEY is not set"),
            (&[S3, BUCKET, KEY, SECRET, ("ASSET_S3_REGION", "eu/1")], "ASSET_S3_REGION is `eu/1`"),
            (&[S3, BUCKET, KEY, SECRET, ("ASSET_S3_ENDPOINT", "minio:9000")], "ASSET_S3_ENDPOINT is `minio:9000`"),
            (&[S3, BUCKET, KEY, SECRET, ("ASSET_PUBLIC_URL", "a.example")], "ASSET_PUBLIC_URL is `a.example`"),
        ] {
            let error = load("postgres://db/x", pairs).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
