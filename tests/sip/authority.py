"""A certificate authority for one test: real chains, made with the `cryptography` package."""

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BEGINNING = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2120, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class Files:
    certificate: str
    key: str


class Authority:
    """A root and one intermediate authority under it, as carriers have them."""

    def __init__(self, folder: Path, name: str = "root") -> None:
        self._folder = folder
        self._root_key, self._root = _authority(f"{name} of tests", None)
        self._key, self._certificate = _authority(f"{name}'s deputy", (self._root_key, self._root))
        self.file = str(folder / f"{name}.pem")
        Path(self.file).write_bytes(_pem(self._root))

    def issue(self, name: str, alternatives: Sequence[x509.GeneralName]) -> Files:
        """A certificate with its chain, in `<name>.pem`, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(name, self._certificate.subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        files = Files(str(self._folder / f"{name}.pem"), str(self._folder / f"{name}.key"))
        Path(files.key).write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        Path(files.certificate).write_bytes(_pem(certificate) + _pem(self._certificate))
        return files


def domain(name: str) -> x509.GeneralName:
    return x509.DNSName(name)


def sip_domain(name: str) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(f"sip:{name}")


def address(host: str) -> x509.GeneralName:
    return x509.IPAddress(ipaddress.ip_address(host))


_Issuer = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def _authority(name: str, above: _Issuer | None) -> _Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    signer, issuer = (key, _name(name)) if above is None else (above[0], above[1].subject)
    builder = _builder(name, issuer, key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    return key, builder.sign(signer, hashes.SHA256())


def _builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGINNING)
        .not_valid_after(END)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
