//! Who we are in DTLS: a key pair and a certificate that nobody but its fingerprint vouches for (RFC 8122, RFC 5763).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use dimpl::DtlsCertificate;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::elliptic_curve::rand_core::OsRng;
use p256::pkcs8::EncodePrivateKey;
use p256::SecretKey;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::builder::{Builder, CertificateBuilder, Profile};
use x509_cert::der::Encode;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Validity;

const VALID_FOR: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

#[derive(Debug)]
pub struct Identity {
    pub(super) certificate: DtlsCertificate,
    pub fingerprint: Fingerprint,
}

impl Identity {
    /// A new key and certificate; an error is the system's lack of randomness or memory.
    pub fn generate() -> Result<Self, String> {
        let secret = SecretKey::random(&mut OsRng);
        let certificate = certificate_of(&secret).map_err(|error| error.to_string())?;
        let private_key = secret.to_pkcs8_der().map_err(|error| error.to_string())?;
        let fingerprint = Fingerprint::of(&certificate);
        let private_key = private_key.as_bytes().to_vec();
        Ok(Self { certificate: DtlsCertificate { certificate, private_key }, fingerprint })
    }
}

fn certificate_of(secret: &SecretKey) -> Result<Vec<u8>, x509_cert::builder::Error> {
    let signer = SigningKey::from(secret);
    let key = SubjectPublicKeyInfoOwned::from_key(*signer.verifying_key())?;
    let subject = Name::from_str("CN=sentral")?;
    let serial = SerialNumber::from(1u32);
    let validity = Validity::from_now(VALID_FOR)?;
    // A leaf's key may sign handshakes, a root's only certificates: OpenSSL looks at that.
    let profile = Profile::Leaf {
        issuer: subject.clone(),
        enable_key_agreement: true,
        enable_key_encipherment: false,
    };
    let builder = CertificateBuilder::new(profile, serial, validity, subject, key, &signer)?;
    Ok(builder.build::<DerSignature>()?.to_der()?)
}

/// The hash of a certificate as SDP names it, RFC 8122 §5.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint {
    algorithm: Algorithm,
    value: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    fn digest(self, certificate: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(certificate).to_vec(),
            Self::Sha384 => Sha384::digest(certificate).to_vec(),
            Self::Sha512 => Sha512::digest(certificate).to_vec(),
        }
    }
}

impl Fingerprint {
    pub fn of(certificate: &[u8]) -> Self {
        let algorithm = Algorithm::Sha256;
        Self { algorithm, value: algorithm.digest(certificate) }
    }

    /// "sha-256 12:AB:…"; `None` for a hash that we do not know or trust.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, value) = text.split_once(' ')?;
        let (algorithm, bytes) = match name.to_ascii_lowercase().as_str() {
            "sha-256" => (Algorithm::Sha256, 32),
            "sha-384" => (Algorithm::Sha384, 48),
            "sha-512" => (Algorithm::Sha512, 64),
            _ => return None,
        };
        let byte = |pair: &str| match pair.len() {
            2 => u8::from_str_radix(pair, 16).ok(),
            _ => None,
        };
        let value = value.trim().split(':').map(byte).collect::<Option<Vec<u8>>>()?;
        (value.len() == bytes).then_some(Self { algorithm, value })
    }

    pub fn is_of(&self, certificate: &[u8]) -> bool {
        self.algorithm.digest(certificate) == self.value
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.algorithm {
            Algorithm::Sha256 => "sha-256",
            Algorithm::Sha384 => "sha-384",
            Algorithm::Sha512 => "sha-512",
        };
        let value: Vec<String> = self.value.iter().map(|byte| format!("{byte:02X}")).collect();
        write!(formatter, "{name} {}", value.join(":"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_written_as_it_is_read() {
        let identity = Identity::generate().expect("randomness");
        let text = identity.fingerprint.to_string();
        assert_eq!(Fingerprint::parse(&text), Some(identity.fingerprint.clone()));
        assert_eq!(Fingerprint::parse(&text.to_lowercase()), Some(identity.fingerprint.clone()));
        assert!(identity.fingerprint.is_of(&identity.certificate.certificate));
        let other = Identity::generate().expect("randomness");
        assert!(!identity.fingerprint.is_of(&other.certificate.certificate));
        for wrong in ["sha-1 00:11", "sha-256 00", "md5 ", "sha-256", &text[..text.len() - 1]] {
            assert_eq!(Fingerprint::parse(wrong), None, "{wrong}");
        }
    }
}
