//! Which requests go through a proxy: a setting, or the variables that curl, Python and most other programs read.

use std::net::IpAddr;

use ipnet::IpNet;
use kernel::Secret;
use url::{Host, Url};

use crate::Error;
use crate::metadata::is_loopback;

/// Through which proxy a provider is reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ProxySetting {
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capital or small letters; never for loopback addresses.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Direct,
    /// This one for every request: `http://`, `https://`, `socks5://`, …, with user and password where it wants them.
    Url(Secret<String>),
}

/// A proxy setting made ready.
#[derive(Default)]
pub(crate) struct ProxyRules {
    https: Option<ureq::Proxy>,
    http: Option<ureq::Proxy>,
    exceptions: Vec<Exception>,
}

impl ProxyRules {
    /// # Errors
    /// `Config` for something that is no proxy's address; the text does not repeat it, since it may hold a password.
    pub fn new(setting: &ProxySetting) -> Result<Self, Error> {
        match setting {
            ProxySetting::Environment => Self::from_variables(&|name| std::env::var(name).ok()),
            ProxySetting::Direct => Ok(Self::default()),
            ProxySetting::Url(url) => {
                let proxy = parse("setting `proxy`", url.expose())?;
                Ok(Self { https: Some(proxy.clone()), http: Some(proxy), exceptions: Vec::new() })
            }
        }
    }

    fn from_variables(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let first = |names: &[&str]| {
            let found =
                names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()).map(|it| (*name, it)));
            found.map(|(name, value)| parse(&format!("variable {name}"), &value)).transpose()
        };
        // A CGI program gets the request header `Proxy` as HTTP_PROXY.
        let in_cgi = variable("REQUEST_METHOD").is_some();
        let http = if in_cgi { first(&["http_proxy"])? } else { first(&["http_proxy", "HTTP_PROXY"])? };
        let all = first(&["all_proxy", "ALL_PROXY"])?;
        let mut exceptions = vec![Exception::Loopback];
        let list = variable("no_proxy").or_else(|| variable("NO_PROXY")).unwrap_or_default();
        exceptions.extend(list.split([',', ' ']).filter(|entry| !entry.is_empty()).map(Exception::parse));
        Ok(Self {
            https: first(&["https_proxy", "HTTPS_PROXY"])?.or_else(|| all.clone()),
            http: http.or(all),
            exceptions,
        })
    }

    /// The proxy for an address.
    pub fn for_url(&self, url: &str) -> Option<&ureq::Proxy> {
        let url = Url::parse(url).ok()?;
        let proxy = if url.scheme() == "https" { self.https.as_ref() } else { self.http.as_ref() };
        proxy.filter(|_| !self.exceptions.iter().any(|exception| exception.matches(&url)))
    }
}

fn parse(place: &str, value: &str) -> Result<ureq::Proxy, Error> {
    ureq::Proxy::new(value.trim()).map_err(|_| {
        Error::Config(format!(
            "The {place} is not a proxy's address; it should look like http://proxy.example.com:3128"
        ))
    })
}

/// What is reached without the proxy.
enum Exception {
    Everything,
    Loopback,
    /// A name and those below it, at one port or at any.
    Domain(String, Option<u16>),
    Network(IpNet),
}

impl Exception {
    fn parse(entry: &str) -> Self {
        if entry == "*" {
            return Self::Everything;
        }
        let address = entry.trim_matches(['[', ']']);
        if let Ok(network) = address.parse().or_else(|_| address.parse::<IpAddr>().map(IpNet::from)) {
            return Self::Network(network);
        }
        let (name, port) = match entry.rsplit_once(':').map(|(name, port)| (name, port.parse())) {
            Some((name, Ok(port))) => (name, Some(port)),
            _ => (entry, None),
        };
        let name = name.trim_start_matches('*').trim_start_matches('.').trim_end_matches('.');
        Self::Domain(name.to_ascii_lowercase(), port)
    }

    fn matches(&self, url: &Url) -> bool {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
            _ => None,
        };
        match self {
            Self::Everything => true,
            Self::Loopback => is_loopback(url),
            Self::Domain(name, port) => {
                let host = url.host_str().unwrap_or_default().trim_end_matches('.');
                let below = host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
                below && port.is_none_or(|port| url.port_or_known_default() == Some(port))
            }
            Self::Network(network) => address.is_some_and(|address| network.contains(&address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let variable =
            |name: &str| variables.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned());
        let rules = ProxyRules::from_variables(&variable).unwrap();
        rules.for_url(url).map(|proxy| proxy.host().to_owned())
    }

    #[test]
    fn the_environment_chooses_by_scheme() {
        let both = [("HTTPS_PROXY", "http://secure:3128"), ("http_proxy", "plain:3128")];
        assert_eq!(used(&both, "https://auth.example.com/").as_deref(), Some("secure"));
        assert_eq!(used(&both, "http://auth.example.com/").as_deref(), Some("plain"));
        let all = [("ALL_PROXY", "socks5://user:secret@every:1080")];
        assert_eq!(used(&all, "https://auth.example.com/").as_deref(), Some("every"));
        assert_eq!(used(&[("HTTPS_PROXY", "")], "https://auth.example.com/"), None);
        let cgi = [("HTTP_PROXY", "evil:1"), ("REQUEST_METHOD", "GET")];
        assert_eq!(used(&cgi, "http://auth.example.com/"), None);
    }

    #[test]
    fn exceptions_and_this_machine_are_reached_directly() {
        for (exceptions, url, direct) in [
            ("", "https://localhost:3001/", true),
            ("", "https://127.0.0.1/", true),
            ("", "https://auth.example.com/", false),
            ("*", "https://auth.example.com/", true),
            ("other.org, example.com", "https://auth.example.com/", true),
            (".example.com", "https://example.com/", true),
            ("*.example.com", "https://AUTH.example.com/", true),
            ("ample.com", "https://auth.example.com/", false),
            ("auth.example.com:443", "https://auth.example.com/", true),
            ("auth.example.com:444", "https://auth.example.com/", false),
            ("10.0.0.0/8", "https://10.20.30.40/", true),
            ("10.0.0.0/8", "https://11.20.30.40/", false),
            ("10.1.2.3", "https://10.1.2.3/", true),
            ("10.1.2.3", "https://10.1.2.4/", false),
            ("0.0.0.0/0", "https://10.1.2.4/", true),
            ("fd00::/8", "https://[fd12::1]/", true),
            ("[fd12::1]", "https://[fd12::2]/", false),
        ] {
            let variables = [("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", exceptions)];
            assert_eq!(used(&variables, url).is_none(), direct, "{exceptions:?} {url}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_by_name_and_without_its_password() {
        let setting = ProxySetting::Url(Secret::new("fax://user:hunter2@proxy".to_owned()));
        let error = ProxyRules::new(&setting).err().unwrap().to_string();
        assert!(error.contains("`proxy`") && !error.contains("hunter2"), "{error}");
        let variable = |name: &str| (name == "HTTPS_PROXY").then(|| "fax://user:hunter2@proxy".to_owned());
        let error = ProxyRules::from_variables(&variable).err().unwrap().to_string();
        assert!(error.contains("HTTPS_PROXY") && !error.contains("hunter2"), "{error}");
    }
}
