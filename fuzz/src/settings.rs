//! The configuration file.

use server::settings::{SETTINGS, SettingSources, Settings};

/// The input is the file.
///
/// Attack classes: G5.
pub fn settings(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let settings = match load(text) {
        Ok(settings) => settings,
        Err(sentence) => return assert!(!sentence.trim().is_empty()),
    };
    assert_ne!(settings.port, settings.admin_port);
    assert!(settings.port != 0 && settings.admin_port != 0 && settings.hash.memory != 0 && settings.hash.threads != 0);
    for endpoint in [&settings.endpoint, &settings.admin_endpoint] {
        let url = url::Url::parse(endpoint).unwrap();
        assert!(matches!(url.scheme(), "http" | "https") && url.host_str().is_some(), "{endpoint}");
        assert!(!endpoint.ends_with('/') && url.path() == "/" && url.query().is_none(), "{endpoint}");
        assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{endpoint}");
    }
    assert_eq!(settings.https.is_some(), named(text, "HTTPS_CERT_PATH") && named(text, "HTTPS_KEY_PATH"));
    // Serialized settings load to the same values.
    let printed = format!(
        "port = {}\nadmin_port = {}\nendpoint = \"{}\"\nadmin_endpoint = \"{}\"\ntrust_proxy_header = {}\n",
        settings.port, settings.admin_port, settings.endpoint, settings.admin_endpoint, settings.trust_proxy_header
    );
    let again = load(&printed).unwrap_or_else(|sentence| panic!("{printed} is refused: {sentence}"));
    assert_eq!((again.port, again.admin_port), (settings.port, settings.admin_port));
    assert_eq!((again.endpoint, again.admin_endpoint), (settings.endpoint, settings.admin_endpoint));
    assert_eq!(again.trust_proxy_header, settings.trust_proxy_header);
}

fn load(text: &str) -> Result<Settings, String> {
    Settings::load(&SettingSources { file: Some(text.to_owned()), ..SettingSources::default() })
        .map_err(|error| error.to_string())
}

/// Whether the file has a non-empty value for a setting.
fn named(text: &str, name: &str) -> bool {
    assert!(SETTINGS.iter().any(|known| known.name == name));
    let table: toml::Table = text.parse().unwrap();
    table.get(&name.to_ascii_lowercase()).is_some_and(|value| value.as_str().is_none_or(|text| !text.trim().is_empty()))
}
