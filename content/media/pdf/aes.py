"""AES of a PDF's password (ISO 32000-2 §7.6.4.3.4): tells whether the empty one opens a file.

Hashing a password in revision 6 means ciphering its own hash again and again. Nothing of ours is
kept secret by this: the key is in the file for everybody to make.
"""

from hashlib import sha256, sha384, sha512

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

_HASHES = (sha256, sha384, sha512)


def hashed(password: bytes, salt: bytes) -> bytes:
    """Return the hash of a user's password by algorithm 2.B, 32 bytes."""
    key = sha256(password + salt).digest()
    turn, last = 0, 0
    while turn < 64 or last > turn - 32:
        cipher = Cipher(AES(key[:16]), CBC(key[16:32])).encryptor()
        ciphered = cipher.update((password + key) * 64) + cipher.finalize()
        key = _HASHES[sum(ciphered[:16]) % 3](ciphered).digest()
        last = ciphered[-1]
        turn += 1
    return key[:32]
