"""TLS for tests: an authority of our own, certificates for this machine, and a proxy that has one.

In service, nginx or a province's gateway stands before the hub; here it is a thread that decrypts
what comes and passes it on.
"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = "127.0.0.1"


class Authority:
    """Signs certificates; ``file`` holds its own certificate, for clients that trust it."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        builder = self._certificate(self._name, self._key.public_key(), -1, 3_650)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        builder = builder.add_extension(_usage(for_others=True), critical=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._signed(builder))

    def server(self, address: str = HERE, first_day: int = -1, last_day: int = 30) -> Path:
        """A file with a new key and its certificate for ``address``, valid for these days."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._certificate(_name("hub"), key.public_key(), first_day, last_day)
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file = self._folder / f"server-{address}-{first_day}-{last_day}.pem"
        file.write_bytes(private + self._signed(builder))
        return file

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, first: int, last: int
    ) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + dt.timedelta(days=first))
            .not_valid_after(now + dt.timedelta(days=last))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )

    def _signed(self, builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, for_others: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not for_others,
        key_cert_sign=for_others,
        crl_sign=for_others,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


@contextmanager
def tls_before(port: int, certificate: Path) -> Iterator[tuple[int, list[int]]]:
    """A TLS server before ``port``: its own port, and the bytes that each connection carried."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server((HERE, 0))
    carried: list[int] = []
    threads: list[threading.Thread] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                worker = threading.Thread(target=_serve, args=(client, context, port, carried))
                worker.start()
                threads.append(worker)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1], carried
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for worker in threads:
            worker.join(5)


def _serve(client: socket.socket, context: ssl.SSLContext, port: int, carried: list[int]) -> None:
    with client, suppress(OSError):  # ssl.SSLError is one: the client did not like our certificate
        with (
            context.wrap_socket(client, server_side=True) as plain,
            socket.create_connection((HERE, port)) as hub,
        ):
            plain.settimeout(20)
            place = len(carried)
            carried.append(0)
            back = threading.Thread(target=_pass_on, args=(hub, plain, carried, place))
            back.start()
            _pass_on(plain, hub, carried, place)
            with suppress(OSError):
                hub.shutdown(socket.SHUT_WR)
            back.join(5)


def _pass_on(come: socket.socket, go: socket.socket, carried: list[int], place: int) -> None:
    with suppress(OSError):
        while piece := come.recv(65_536):
            carried[place] += len(piece)
            go.sendall(piece)
