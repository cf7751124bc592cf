"""Enrolment: how a node and the hub come to know each other's keys (SPEC.md §7).

A one-time code, typed once by the keeper, is the only secret they share before. Its first four
letters look it up; the other twelve (60 random bits) never travel: both messages carry an HMAC
under them, so that nobody in between can replace either key.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

from sync.errors import MalformedBytes, MalformedCode, TooLarge, WrongCode
from sync.identity import Identity
from sync.sealing import BOX_KEY_BYTES
from sync.signing import KEY_BYTES, SIGNATURE_BYTES, Purpose, SigningKey, VerifyKey, sign, verify
from sync.wire import Reader, Writer

REQUEST_MAGIC = b"XZJ1"
ANSWER_MAGIC = b"XZK1"
MAC_BYTES = 32
# §7.2  Names and keys only; anything longer is not an enrolment.
MAX_JOIN_BYTES = 4_096

# §7.1  Crockford's base 32: no I, L, O, U; letters that people confuse are read as digits.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans("ILO", "110")
_ID_LETTERS, _SECRET_LETTERS = 4, 12


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code: ``id`` looks it up, ``secret`` is known to both sides only."""

    id: str
    secret: str

    @property
    def text(self) -> str:
        """As it is printed and typed: ``K7QF-9M2P-T4XW-3HDN``."""
        letters = self.id + self.secret
        return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A node's wish to join: its public keys and the version of its software."""

    code_id: str
    identity: Identity
    software: str


@dataclass(frozen=True, slots=True)
class JoinAnswer:
    """What the hub gives: the node's number, its station's code and name, the hub's identity."""

    node: int
    station: str
    name: str
    hub: Identity
    at: int


def new_code() -> Code:
    """A new code from the system's random source."""
    letters = [secrets.choice(_LETTERS) for _ in range(_ID_LETTERS + _SECRET_LETTERS)]
    return Code("".join(letters[:_ID_LETTERS]), "".join(letters[_ID_LETTERS:]))


def parse_code(text: str) -> Code:
    """The code that somebody typed; case, spaces, dashes and I/L/O are forgiven.

    Raises:
        MalformedCode: it cannot be one.
    """
    letters = "".join(text.split()).replace("-", "").upper().translate(_MEANT)
    if len(letters) != _ID_LETTERS + _SECRET_LETTERS or not set(letters) <= set(_LETTERS):
        raise MalformedCode(
            f"a join code has {_ID_LETTERS + _SECRET_LETTERS} letters and digits, got {text[:40]!r}"
        )
    return Code(letters[:_ID_LETTERS], letters[_ID_LETTERS:])


def seal_join(request: JoinRequest, code: Code, key: SigningKey) -> bytes:
    """Return ``request`` as bytes: signed by the new key (possession), under the code's MAC."""
    out = Writer()
    out.text(request.code_id)
    _write_identity(out, request.identity)
    out.text(request.software)
    # §7.2  The signature shows that the node holds the key; the MAC, that it holds the code.
    signed = sign(Purpose.JOIN, out.done(), key) + out.done()
    return REQUEST_MAGIC + _mac(code, REQUEST_MAGIC, signed) + signed


def join_code_id(raw: bytes) -> str:
    """The code that ``raw`` claims to use, unchecked: to look it up."""
    reader = Reader(_after_mac(raw, REQUEST_MAGIC))
    reader.raw(SIGNATURE_BYTES)
    return reader.text()


def unseal_join(raw: bytes, code: Code) -> JoinRequest:
    """Check ``raw`` as §7.3 says and return the request.

    Raises:
        WrongCode: the MAC was made with another code.
        WeakKey, BadSignature: the key is no key, or its holder did not sign.
        PeerError: any other fault.
    """
    # §7.3  Size and magic; MAC; key; signature — nothing is read before its own check.
    body = _after_mac(raw, REQUEST_MAGIC)
    _check_mac(raw, code, REQUEST_MAGIC, body)
    reader = Reader(body)
    signature = reader.raw(SIGNATURE_BYTES)
    payload = reader.rest()
    reader = Reader(payload)
    code_id = reader.text()
    # §2.2  A weak key is refused here, before it verifies anything.
    identity = _read_identity(reader)
    software = reader.text()
    reader.end()
    verify(Purpose.JOIN, payload, signature, identity.key)
    return JoinRequest(code_id, identity, software)


def seal_join_answer(answer: JoinAnswer, raw_request: bytes, code: Code, key: SigningKey) -> bytes:
    """Return ``answer`` as bytes, good for ``raw_request`` only."""
    out = Writer()
    out.varint(answer.node)
    out.text(answer.station)
    out.text(answer.name)
    _write_identity(out, answer.hub)
    out.varint(answer.at)
    # §7.4  Bound to this request: an answer to another one fails MAC and signature.
    asked = sha256(raw_request).digest()
    signed = sign(Purpose.JOIN_ANSWER, asked + out.done(), key) + out.done()
    return ANSWER_MAGIC + _mac(code, ANSWER_MAGIC + asked, signed) + signed


def unseal_join_answer(raw: bytes, raw_request: bytes, code: Code) -> JoinAnswer:
    """Check that ``raw`` answers ``raw_request`` and was made with the code (§7.4).

    Raises:
        WrongCode: somebody else answered.
        PeerError: any other fault.
    """
    asked = sha256(raw_request).digest()
    # §7.4  The MAC first: only someone who knows the code can have answered.
    body = _after_mac(raw, ANSWER_MAGIC)
    _check_mac(raw, code, ANSWER_MAGIC + asked, body)
    reader = Reader(body)
    signature = reader.raw(SIGNATURE_BYTES)
    payload = reader.rest()
    reader = Reader(payload)
    node, station, name = reader.varint(), reader.text(), reader.text()
    hub = _read_identity(reader)
    answer = JoinAnswer(node, station, name, hub, reader.varint())
    reader.end()
    verify(Purpose.JOIN_ANSWER, asked + payload, signature, hub.key)
    return answer


def _write_identity(out: Writer, identity: Identity) -> None:
    out.varint(identity.generation)
    out.raw(identity.key.to_bytes())
    out.raw(identity.box)


def _read_identity(reader: Reader) -> Identity:
    generation = reader.varint()
    key = VerifyKey.from_bytes(reader.raw(KEY_BYTES))
    return Identity(generation, key, reader.raw(BOX_KEY_BYTES))


def _mac(code: Code, context: bytes, body: bytes) -> bytes:
    return hmac.digest(code.secret.encode(), context + body, "sha256")


def _check_mac(raw: bytes, code: Code, context: bytes, body: bytes) -> None:
    mac = raw[len(REQUEST_MAGIC) : len(REQUEST_MAGIC) + MAC_BYTES]
    # §7.3  In constant time: a MAC must not be guessed byte by byte.
    if not hmac.compare_digest(mac, _mac(code, context, body)):
        raise WrongCode(f"not made with the code {code.id}-…")


def _after_mac(raw: bytes, magic: bytes) -> bytes:
    # §7.2  4,096 bytes at most.
    if len(raw) > MAX_JOIN_BYTES:
        raise TooLarge("the enrolment", MAX_JOIN_BYTES)
    if len(raw) < len(magic) + MAC_BYTES or not raw.startswith(magic):
        raise MalformedBytes(f"not an enrolment: {len(raw)} bytes starting {raw[:4]!r}")
    return raw[len(magic) + MAC_BYTES :]
