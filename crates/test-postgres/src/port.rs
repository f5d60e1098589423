//! Ports that nobody else takes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with, sockopt};

/// A port of every address of this machine, reserved until this is dropped: a server takes it on all of them, and a download
/// leaves from another one than 127.0.0.1. The kernel gives a port that was only looked up to the next outgoing
/// connection; a socket that is bound but does not listen keeps it, and lets a server with `SO_REUSEADDR` listen there.
#[derive(Debug)]
pub struct ReservedPort {
    port: u16,
    _socket: OwnedFd,
}

impl ReservedPort {
    /// Reserves a free port.
    ///
    /// # Errors
    /// No port is free.
    pub fn any() -> Result<Self, String> {
        Self::at(0)
    }

    /// Reserves two consecutive free ports.
    ///
    /// # Errors
    /// No port is free.
    pub fn pair() -> Result<[Self; 2], String> {
        loop {
            let first = Self::any()?;
            if let Some(Ok(second)) = first.port.checked_add(1).map(Self::at) {
                return Ok([first, second]);
            }
        }
    }

    fn at(port: u16) -> Result<Self, String> {
        let reserve = |family, address: IpAddr| -> rustix::io::Result<Self> {
            let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
            sockopt::set_socket_reuseaddr(&socket, true)?;
            bind(&socket, &SocketAddr::new(address, port))?;
            let port = SocketAddr::try_from(getsockname(&socket)?)?.port();
            Ok(Self { port, _socket: socket })
        };
        // [::] takes IPv4 as well; a system without IPv6 does not have it.
        let reserved = reserve(AddressFamily::INET6, Ipv6Addr::UNSPECIFIED.into());
        let reserved = reserved.or_else(|_| reserve(AddressFamily::INET, Ipv4Addr::UNSPECIFIED.into()));
        reserved.map_err(|error| error.to_string())
    }

    pub fn number(&self) -> u16 {
        self.port
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_reserved_port_is_given_to_nobody_and_a_server_can_listen_there() {
        let port = ReservedPort::any().unwrap();
        assert!(TcpStream::connect(("127.0.0.1", port.number())).is_err());
        let server = TcpListener::bind(("0.0.0.0", port.number())).unwrap();
        assert!(TcpListener::bind(("127.0.0.1", port.number())).is_err());
        TcpStream::connect(("127.0.0.1", port.number())).unwrap();
        drop(server);
        // What the kernel gives away while a port is reserved, to listeners and to outgoing connections.
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = server.local_addr().unwrap();
        let used: Vec<_> = (0..2000)
            .map(|_| {
                let to = TcpStream::connect(at).unwrap();
                drop(server.accept().unwrap());
                to.local_addr().unwrap().port()
            })
            .collect();
        assert!(!used.contains(&port.number()));
    }

    #[test]
    fn reserved_ports_differ() {
        let [one, two] = ReservedPort::pair().unwrap();
        assert_eq!(two.number(), one.number() + 1);
        let ports: Vec<_> = (0..200).map(|_| ReservedPort::any().unwrap()).collect();
        let mut numbers: Vec<_> = ports.iter().chain([&one, &two]).map(ReservedPort::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 202);
    }
}
