"""Certificates: what went wrong with them over https (docs/operating.md).

OpenSSL checks them; there is no way to switch it off. Parcels are sealed and signed whatever
carries them: a certificate is asked for where a province's network demands it. ``ssl`` is imported
only when it is needed: most nodes never need it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from node.errors import LineError, NotTheHub

if TYPE_CHECKING:
    import ssl

# OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED.
OUT_OF_TIME = frozenset({9, 10})
# What OpenSSL says when a portal answers in plain HTTP.
NO_TLS = "WRONG_VERSION_NUMBER"


class CertificateError(LineError):
    """Over https the other side did not prove that it is the one that was called."""

    code = "wrong-certificate"
    words = (
        "对方的证书不可信（不是 hub_ca 文件里的机构签发的，或者地址对不上），什么都没有发出去。"
        "多半是上网认证页面挡住了：请先登录网络，再点“立即同步”；还是不行就打电话给总局。"
    )


class ExpiredCertificate(CertificateError):
    """The certificate is not valid at the time that this PC's clock shows."""

    code = "expired-certificate"
    words = (
        "对方的证书不在有效期内，什么都没有发出去。请先看看这台电脑的日期和时间对不对；"
        "时间没错，就打电话给总局：枢纽的证书该换了。"
    )


class NoCertificateFile(CertificateError):
    """The file that ``hub_ca`` names is not there, or holds no certificates."""

    code = "no-ca-file"
    words = "找不到 hub_ca 写的证书文件，或者里面没有证书（%(file)s）。请对照总局的说明改好。"

    def __init__(self, file: str, why: str) -> None:
        super().__init__(f"{file}: {why}", file=file)


def check_file(ca: str) -> None:
    """Check that the file ``ca`` can be used, if one is named.

    Raises:
        NoCertificateFile: it is not there, or holds no certificate.
    """
    if not ca:
        return
    import ssl

    try:
        ssl.create_default_context(cadata=Path(ca).read_text("ascii"))
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise NoCertificateFile(ca, str(error)) from error


def fault_of(error: Exception) -> LineError:
    """What went wrong under an SSLError of ``requests``: out of time, not trusted, no TLS, cut."""
    import ssl

    cause = _cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        kind = ExpiredCertificate if cause.verify_code in OUT_OF_TIME else CertificateError
        return kind(cause.verify_message)
    if cause is not None and cause.reason == NO_TLS:
        return NotTheHub("answered without TLS")
    return LineError(f"TLS: {cause!r}")


def _cause(error: BaseException) -> ssl.SSLError | None:
    """OpenSSL's own verdict, which requests and urllib3 have wrapped."""
    import ssl

    seen: list[object] = [error]
    while seen:
        cause = seen.pop()
        if isinstance(cause, ssl.SSLError):
            return cause
        if isinstance(cause, BaseException):
            seen += [*cause.args, getattr(cause, "reason", None)]
    return None
