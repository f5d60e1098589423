//! Which addresses are globally reachable, by the IANA special-purpose address registries (RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix)
}

const fn v6(first: u16, second: u16, third: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0), prefix)
}

const FORBIDDEN_V4: &[(Ipv4Net, &str)] = &[
    (v4(0, 0, 0, 8), "this network"),
    (v4(10, 0, 0, 8), "private"),
    (v4(100, 64, 0, 10), "shared by a provider (CGNAT)"),
    (v4(127, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 16), "link-local or metadata"),
    (v4(172, 16, 0, 12), "private"),
    (v4(192, 0, 0, 24), "reserved"),
    (v4(192, 0, 2, 24), "for documentation"),
    (v4(192, 88, 99, 24), "reserved"),
    (v4(192, 168, 0, 16), "private"),
    (v4(198, 18, 0, 15), "for benchmarks"),
    (v4(198, 51, 100, 24), "for documentation"),
    (v4(203, 0, 113, 24), "for documentation"),
    (v4(224, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 4), "reserved"),
    // Azure's platform services, in a public range but answered by the host of the machine.
    (Ipv4Net::new_assert(Ipv4Addr::new(168, 63, 129, 16), 32), "metadata"),
];

/// Only for the description: everything outside of [`GLOBAL_V6`] is refused anyway.
const FORBIDDEN_V6: &[(Ipv6Net, &str)] = &[
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), "loopback"),
    (Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128), "unspecified"),
    (v6(0xfd00, 0xec2, 0, 32), "unique local or metadata"),
    (v6(0xfc00, 0, 0, 7), "unique local"),
    (v6(0xfe80, 0, 0, 10), "link-local"),
    (v6(0xff00, 0, 0, 8), "multicast"),
    (v6(0x2001, 0xdb8, 0, 32), "for documentation"),
    (v6(0x3fff, 0, 0, 20), "for documentation"),
    // Teredo, ORCHID and other protocols.
    (v6(0x2001, 0, 0, 23), "reserved"),
];

const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 96);
const SIX_TO_FOUR: Ipv6Net = v6(0x2002, 0, 0, 16);

/// Why a request must not go to this address; `None` when it is globally reachable.
pub(crate) fn refusal(address: IpAddr) -> Option<&'static str> {
    let v6 = match address {
        IpAddr::V4(v4) => return refusal_v4(v4),
        IpAddr::V6(v6) => v6,
    };
    let named = FORBIDDEN_V6.iter().find(|(net, _)| net.contains(&v6)).map(|(_, kind)| *kind);
    let embedded = embedded_v4(v6);
    match (named, embedded) {
        (Some(kind), _) => Some(kind),
        (None, Some(v4)) => refusal_v4(v4),
        (None, None) if GLOBAL_V6.contains(&v6) => None,
        (None, None) => Some("reserved"),
    }
}

fn refusal_v4(v4: Ipv4Addr) -> Option<&'static str> {
    FORBIDDEN_V4.iter().find(|(net, _)| net.contains(&v4)).map(|(_, kind)| *kind)
}

/// The IPv4 address to which packets for an IPv6 address finally go: IPv4-mapped (RFC 4291), NAT64 (RFC 6052, the well-known
/// prefix), 6to4 (RFC 3056), ISATAP (RFC 5214).
pub(crate) fn embedded_v4(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = v6.octets();
    let at = |start: usize| Ipv4Addr::new(octets[start], octets[start + 1], octets[start + 2], octets[start + 3]);
    let segments = v6.segments();
    let is_isatap = segments[4] & !0x200 == 0 && segments[5] == 0x5efe;
    if v6.to_ipv4_mapped().is_some() || NAT64.contains(&v6) || is_isatap {
        Some(at(12))
    } else if SIX_TO_FOUR.contains(&v6) {
        Some(at(2))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str) -> Option<&'static str> {
        address.parse().map_or(Some("no address"), refusal)
    }

    #[test]
    fn addresses_that_are_not_globally_reachable_are_refused() {
        for (address, kind) in [
            ("0.0.0.0", "this network"),
            ("10.0.0.1", "private"),
            ("10.255.255.255", "private"),
            ("100.64.0.1", "shared"),
            ("100.100.100.200", "shared"),
            ("100.127.255.255", "shared"),
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("168.63.129.16", "metadata"),
            ("169.254.169.254", "metadata"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.0.0.192", "reserved"),
            ("192.0.2.1", "documentation"),
            ("192.88.99.1", "reserved"),
            ("192.168.1.1", "private"),
            ("198.19.255.255", "benchmarks"),
            ("198.51.100.1", "documentation"),
            ("203.0.113.1", "documentation"),
            ("224.0.0.1", "multicast"),
            ("255.255.255.255", "reserved"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::127.0.0.1", "reserved"),
            ("::ffff:10.0.0.1", "private"),
            ("::ffff:169.254.169.254", "metadata"),
            ("::ffff:0:127.0.0.1", "reserved"),
            ("64:ff9b::127.0.0.1", "loopback"),
            ("64:ff9b::a9fe:a9fe", "metadata"),
            ("64:ff9b:1::8.8.8.8", "reserved"),
            ("100::1", "reserved"),
            ("2001::1", "reserved"),
            ("2001:db8::1", "documentation"),
            ("2002:7f00:1::", "loopback"),
            ("2002:a9fe:a9fe::1", "metadata"),
            ("2600::5efe:10.0.0.1", "private"),
            ("2600::200:5efe:127.0.0.1", "loopback"),
            ("3fff::1", "documentation"),
            ("4000::1", "reserved"),
            ("5f00::1", "reserved"),
            ("fc00::1", "unique local"),
            ("fd00:ec2::254", "metadata"),
            ("fd20:ce::254", "unique local"),
            ("fe80::1", "link-local"),
            ("fec0::1", "reserved"),
            ("ff02::1", "multicast"),
        ] {
            assert!(check(address).is_some_and(|found| found.contains(kind)), "{address}: {:?}", check(address));
        }
    }

    #[test]
    fn globally_reachable_addresses_are_not() {
        let edges = ["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"];
        let plain = ["1.1.1.1", "8.8.8.8", "192.167.255.255", "192.169.0.0", "198.17.255.255", "223.255.255.255"];
        let v6 = ["2606:4700::1111", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"];
        for address in edges.iter().chain(&plain).chain(&v6) {
            assert_eq!(check(address), None, "{address}");
        }
    }
}
