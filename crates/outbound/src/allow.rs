//! Hosts and networks that requests may reach though they are not globally reachable.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use url::Host;

use crate::address;

/// The setting `OUTBOUND_ALLOW`: host names, addresses and networks, separated by commas. Empty by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList {
    hosts: Vec<String>,
    networks: Vec<IpNet>,
}

/// An entry that is neither a host name nor a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no host name, address or network; write a list as in idp.internal, 10.1.2.3, fd12::/16")]
pub struct AllowListError(String);

impl FromStr for AllowList {
    type Err = AllowListError;

    fn from_str(text: &str) -> Result<Self, AllowListError> {
        let mut list = Self::default();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let refused = || AllowListError(entry.to_owned());
            if let Ok(address) = entry.parse::<IpAddr>() {
                list.networks.push(IpNet::from(address.to_canonical()));
            } else if entry.contains('/') {
                list.networks.push(entry.parse::<IpNet>().map_err(|_| refused())?.trunc());
            } else {
                match Host::parse(entry) {
                    Ok(Host::Domain(name)) if !name.contains(['*', '_']) => list.hosts.push(without_dot(&name).into()),
                    _ => return Err(refused()),
                }
            }
        }
        Ok(list)
    }
}

impl AllowList {
    /// Why a request to `host` must not go to `address`; `None` when it may.
    pub(crate) fn refusal(&self, host: &str, address: IpAddr) -> Option<&'static str> {
        address::refusal(address).filter(|_| !self.names_host(host) && !self.contains(address))
    }

    /// Whether the list lets requests reach every private address of a family.
    pub(crate) fn allows_everything(&self) -> bool {
        self.networks.iter().any(|net| net.prefix_len() == 0)
    }

    fn names_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known == without_dot(host))
    }

    fn contains(&self, address: IpAddr) -> bool {
        let embedded = match address {
            IpAddr::V6(v6) => address::embedded_v4(v6).map(IpAddr::V4),
            IpAddr::V4(_) => None,
        };
        self.networks.iter().any(|net| net.contains(&address) || embedded.is_some_and(|v4| net.contains(&v4)))
    }
}

/// A name with a dot at its end means the same host.
fn without_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(list: &str, host: &str, address: &str) -> bool {
        let list: AllowList = list.parse().unwrap();
        list.refusal(host, address.parse().unwrap()).is_some()
    }

    #[test]
    fn only_what_the_list_names_is_allowed() {
        let list = " idp.internal, 10.1.0.0/16,fd12::/16 , 127.0.0.1, IdP2.Example. ";
        for (host, address) in [
            ("idp.internal", "192.168.0.1"),
            ("idp.internal.", "127.0.0.2"),
            ("idp2.example", "10.0.0.1"),
            ("any", "10.1.2.3"),
            ("any", "::ffff:10.1.2.3"),
            ("any", "64:ff9b::10.1.2.3"),
            ("any", "fd12::1"),
            ("any", "127.0.0.1"),
            ("any", "8.8.8.8"),
        ] {
            assert!(!refused(list, host, address), "{host} {address}");
        }
        for (host, address) in [
            ("any", "10.2.0.1"),
            ("any", "fd13::1"),
            ("any", "127.0.0.2"),
            ("any", "::1"),
            ("sub.idp.internal", "10.0.0.1"),
            ("169.254.169.254", "169.254.169.254"),
        ] {
            assert!(refused(list, host, address), "{host} {address}");
        }
        assert!(refused("", "localhost", "127.0.0.1"));
    }

    #[test]
    fn a_network_of_all_addresses_is_no_list() {
        let everything = |list: &str| list.parse::<AllowList>().unwrap().allows_everything();
        assert!(everything("idp.internal,0.0.0.0/0") && everything("::/0"));
        assert!(!everything("") && !everything("10.0.0.0/8, fd12::/16, idp.internal"));
    }

    #[test]
    fn an_entry_that_means_nothing_is_refused_by_name() {
        for entry in
            ["10.0.0.0/33", "*.internal", "http://idp.internal", "idp.internal:8080", "a b", "fd12::/x", "10.0.0"]
        {
            let error = format!("ok.example,{entry}").parse::<AllowList>().unwrap_err();
            assert!(error.to_string().contains(entry), "{error}");
        }
    }
}
