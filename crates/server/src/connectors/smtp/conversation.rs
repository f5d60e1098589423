//! The conversation with the server: connect to a checked address, TLS, authenticate, hand over.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::Message as Mail;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use outbound::Connected;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::bounded_stream::BoundedStream;
use super::oauth;
use super::settings::{AuthKind, SmtpSettings};
use crate::App;
use crate::connectors::send::SendError;

/// Hands an e-mail over.
///
/// # Errors
/// The server did not take it.
pub(super) async fn deliver(app: &App, settings: &SmtpSettings, mail: &Mail) -> Result<(), SendError> {
    let port = u16::try_from(settings.port.0).unwrap_or_default();
    let limit = SmtpSettings::limit(settings.connection_timeout);
    // Before the connection: whoever holds one and waits for another stops all that goes out.
    let credentials = credentials(app, settings).await?;
    // It holds its permit until the end of the conversation.
    let connected = app.outbound.connect(&settings.host, port, limit).await?;
    let Connected { stream, .. } = connected;
    let step = SmtpSettings::limit(settings.socket_timeout);
    let mut connection = greet(app, settings, BoundedStream::new(stream)).await?;
    secure(app, settings, &mut connection, step).await?;
    authenticate(settings, credentials, &mut connection, step).await?;
    let text = mail.formatted();
    within(step, "take the message", connection.send(mail.envelope(), &text)).await?;
    // The message is handed over; how the server says goodbye does not matter.
    let _ = timeout(Duration::from_millis(500), connection.quit()).await;
    Ok(())
}

/// How this server introduces itself: by the setting, else by the host of its own address.
fn own_name(app: &App, settings: &SmtpSettings) -> ClientId {
    let of_endpoint = || url::Url::parse(&app.settings.endpoint).ok()?.host_str().map(str::to_owned);
    let name = settings.name.as_ref().map(|name| name.0.clone()).or_else(of_endpoint);
    name.map_or_else(ClientId::default, ClientId::Domain)
}

async fn greet(app: &App, settings: &SmtpSettings, stream: BoundedStream) -> Result<AsyncSmtpConnection, SendError> {
    let limit = SmtpSettings::limit(settings.greeting_timeout);
    let stream: Box<dyn AsyncTokioStream> = match settings.secure {
        Some(true) => Box::new(TlsTransport(wrap(settings, stream, limit).await?)),
        _ => Box::new(stream),
    };
    let name = own_name(app, settings);
    within(limit, "greet", AsyncSmtpConnection::connect_with_transport(stream, &name)).await
}

/// TLS from the first byte.
async fn wrap(
    settings: &SmtpSettings,
    stream: BoundedStream,
    limit: Duration,
) -> Result<TlsStream<BoundedStream>, SendError> {
    let failed = |cause: &dyn std::fmt::Display| SendError::Failed(format!("TLS with {}: {cause}", &*settings.host));
    let mut roots = outbound::public_authorities();
    roots.add_parsable_certificates(settings.authorities());
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(settings.certificate_name().to_owned()).map_err(|error| failed(&error))?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match timeout(limit, handshake).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(failed(&error)),
        Err(_) => Err(failed(&"no answer in time")),
    }
}

/// STARTTLS (RFC 3207) where the server has it. The password leaves over TLS only, unless the settings do without TLS: what
/// is between here and the server could take the offer out of its answer.
async fn secure(
    app: &App,
    settings: &SmtpSettings,
    connection: &mut AsyncSmtpConnection,
    step: Duration,
) -> Result<(), SendError> {
    if settings.secure == Some(true) || settings.ignore_tls == Some(true) {
        return Ok(());
    }
    if !connection.can_starttls() {
        return Err(SendError::Failed(format!(
            "{} offers no TLS (STARTTLS); set `secure` if its port speaks TLS from the start, or `ignoreTLS` if plain text is \
             what you want",
            &*settings.host
        )));
    }
    let failed = |error: SmtpError| SendError::Failed(format!("TLS with {}: {error}", &*settings.host));
    let mut parameters = TlsParameters::builder(settings.certificate_name().to_owned());
    for authority in settings.authorities() {
        parameters = parameters.add_root_certificate(Certificate::from_der(authority.to_vec()).map_err(failed)?);
    }
    let parameters = parameters.build_rustls().map_err(failed)?;
    let name = own_name(app, settings);
    within(step, "begin TLS", connection.starttls(parameters, &name)).await
}

async fn credentials(app: &App, settings: &SmtpSettings) -> Result<Credentials, SendError> {
    let auth = &settings.auth;
    let secret = match auth.kind() {
        AuthKind::Login => auth.pass.as_ref().map(|pass| pass.0.clone()).unwrap_or_default(),
        AuthKind::Oauth2 => oauth::access_token(app, auth).await?,
    };
    Ok(Credentials::new(auth.user.0.clone(), secret))
}

async fn authenticate(
    settings: &SmtpSettings,
    credentials: Credentials,
    connection: &mut AsyncSmtpConnection,
    step: Duration,
) -> Result<(), SendError> {
    let mechanisms: &[Mechanism] = match settings.auth.kind() {
        AuthKind::Login => &[Mechanism::Plain, Mechanism::Login],
        AuthKind::Oauth2 => &[Mechanism::Xoauth2],
    };
    match timeout(step, connection.auth(mechanisms, &credentials)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if error.is_permanent() => Err(SendError::Unauthorized(error.to_string())),
        Ok(Err(error)) => Err(SendError::Failed(error.to_string())),
        Err(_) => Err(SendError::Failed("the server did not answer the credentials in time".into())),
    }
}

/// One step of the conversation within its time limit.
async fn within<T>(
    limit: Duration,
    what: &str,
    step: impl Future<Output = Result<T, SmtpError>>,
) -> Result<T, SendError> {
    match timeout(limit, step).await {
        Ok(done) => done.map_err(|error| SendError::Failed(format!("the server did not {what}: {error}"))),
        Err(_) => Err(SendError::Failed(format!("the server did not {what} within {} ms", limit.as_millis()))),
    }
}

/// A connection that speaks TLS already.
#[derive(Debug)]
struct TlsTransport(TlsStream<BoundedStream>);

impl AsyncTokioStream for TlsTransport {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

impl AsyncRead for TlsTransport {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for TlsTransport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
