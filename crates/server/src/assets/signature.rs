//! Signatures of requests to S3 (AWS Signature Version 4, "Authenticating Requests: Using the Authorization Header"). Signed by
//! hand: three methods without query parameters need two hashes and a list of headers, and crates that sign bring hash functions, an XML
//! parser and a calendar of their own.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use kernel::{Timestamp, hex};

use crate::settings::Credentials;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "s3";

/// A request to sign. The path is encoded already; the headers are sorted and have lower-case names.
pub(crate) struct SignedParts<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    /// The hexadecimal SHA-256 of the body.
    pub body_digest: &'a str,
}

impl Credentials {
    /// The value of `Authorization`.
    pub(crate) fn authorization(&self, parts: &SignedParts<'_>, now: Timestamp) -> String {
        let names = parts.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let headers: String = parts.headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let SignedParts { method, path, body_digest, .. } = parts;
        let canonical = format!("{method}\n{path}\n\n{headers}\n{names}\n{body_digest}");
        let time = amz_date(now);
        let day = time.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{SERVICE}/aws4_request", self.region);
        let text = format!("{ALGORITHM}\n{time}\n{scope}\n{}", sha256(canonical.as_bytes()));
        let secret = format!("AWS4{}", self.secret_access_key.expose());
        let key = [day, &self.region, SERVICE, "aws4_request"]
            .into_iter()
            .fold(secret.into_bytes(), |key, part| keyed(&key, part));
        let signature = hex::encode(&keyed(&key, &text));
        format!("{ALGORITHM} Credential={}/{scope},SignedHeaders={names},Signature={signature}", self.access_key_id)
    }
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

/// The hexadecimal SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes).as_ref())
}

/// `20261129T120000Z`.
pub(crate) fn amz_date(now: Timestamp) -> String {
    let text: String = now.iso8601().chars().take(19).filter(|character| !"-:".contains(*character)).collect();
    format!("{text}Z")
}

#[cfg(test)]
mod tests {
    use kernel::Secret;

    use super::*;

    /// 2013-05-24T00:00:00Z.
    const NOW: Timestamp = Timestamp(1_369_353_600_000);

    fn signature(parts: &SignedParts<'_>) -> String {
        let credentials = Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into()),
            region: "us-east-1".into(),
        };
        credentials.authorization(parts, NOW)
    }

    #[test]
    fn the_examples_of_the_specification_have_its_signatures() {
        let nothing = sha256(b"");
        let get = SignedParts {
            method: "GET",
            path: "/test.txt",
            headers: &[
                ("host", "examplebucket.s3.amazonaws.com"),
                ("range", "bytes=0-9"),
                ("x-amz-content-sha256", &nothing),
                ("x-amz-date", &amz_date(NOW)),
            ],
            body_digest: &nothing,
        };
        assert_eq!(
            signature(&get),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
        let text = sha256(b"Welcome to Amazon S3.");
        let put = SignedParts {
            method: "PUT",
            path: "/test%24file.text",
            headers: &[
                ("date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("host", "examplebucket.s3.amazonaws.com"),
                ("x-amz-content-sha256", &text),
                ("x-amz-date", &amz_date(NOW)),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            body_digest: &text,
        };
        let wanted = "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
        assert!(signature(&put).ends_with(wanted), "{}", signature(&put));
    }
}
