//! The way to a PostgreSQL server, in the clear or by rustls.

use std::{path::Path, sync::Arc};

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use rustls::{
    ClientConfig, RootCertStore,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres::{Config, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::conn::TlsMode;

/// How to connect, worked out once.
pub(super) struct Connector {
    mode: SslMode,
    tls: Option<MakeRustlsConnect>,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("no certificate could be read from the root certificate file")]
    RootFile(#[source] rustls::pki_types::pem::Error),
    #[error("this machine has no root certificates to trust; name a file by sslrootcert")]
    NoRoots,
    #[error("TLS could not be set up")]
    Tls(#[from] rustls::Error),
}

impl Connector {
    pub(super) fn new(mode: TlsMode, root_certificate: Option<&Path>) -> Result<Self, Failure> {
        let provider = Arc::new(ring::default_provider());
        let builder = || {
            ClientConfig::builder_with_provider(provider.clone())
                .with_safe_default_protocol_versions()
        };
        let (mode, config) = match mode {
            TlsMode::Disable => (SslMode::Disable, None),
            TlsMode::Prefer | TlsMode::Require => (
                if mode == TlsMode::Prefer {
                    SslMode::Prefer
                } else {
                    SslMode::Require
                },
                Some(
                    builder()?
                        .dangerous()
                        .with_custom_certificate_verifier(Arc::new(AnyServer(provider.clone())))
                        .with_no_client_auth(),
                ),
            ),
            TlsMode::VerifyFull => (
                SslMode::Require,
                Some(
                    builder()?
                        .with_root_certificates(roots(root_certificate)?)
                        .with_no_client_auth(),
                ),
            ),
        };
        Ok(Self {
            mode,
            tls: config.map(MakeRustlsConnect::new),
        })
    }

    pub(super) async fn connect(&self, url: &str) -> ConnectionResult<AsyncPgConnection> {
        // The driver's own words can quote the URL, and the URL a password.
        let mut config: Config = url
            .parse()
            .map_err(|_| ConnectionError::InvalidConnectionUrl("not a PostgreSQL URL".into()))?;
        config.ssl_mode(self.mode);
        let bad = |error: tokio_postgres::Error| ConnectionError::BadConnection(chain(&error));
        match &self.tls {
            None => {
                let (client, connection) = config.connect(NoTls).await.map_err(bad)?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
            Some(tls) => {
                let (client, connection) = config.connect(tls.clone()).await.map_err(bad)?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
        }
    }
}

/// What the driver and those beneath it say: by itself it says no more than "db error".
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn roots(file: Option<&Path>) -> Result<RootCertStore, Failure> {
    let mut store = RootCertStore::empty();
    match file {
        Some(file) => {
            for certificate in CertificateDer::pem_file_iter(file).map_err(Failure::RootFile)? {
                store.add(certificate.map_err(Failure::RootFile)?)?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        return Err(Failure::NoRoots);
    }
    Ok(store)
}

/// Takes any certificate, as libpq does for `prefer` and `require`: the line is encrypted, the server is
/// not proven. An operator who wants proof asks for `verify-full`.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
