"""The firm's electronic seal: its certificate, and a PDF signed with it and stamped where the firm signs.

The certificate is made on first use and signed by itself: it proves that a sealed file was not changed since, and not,
as a certificate of a licensed authority would (电子签名法 art. 16), who the firm is. A firm that has such a certificate
puts ``firm.key`` and ``firm.crt`` (PEM) into ``DATA_DIR/seal``.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.stamp import StaticStampStyle
from pypdf import PdfReader

from engine.errors import JuanzongError
from workflows.records.firm import read_firm
from workflows.records.letter_pdf import render_layout

CAPTION = "电子用印"
SIZE = 119  # points: 42 mm, the diameter of a firm's seal on paper
MARGIN = 40
DEMO_ISSUER = "Juanzong demonstration, self-signed"


class SealRefused(JuanzongError):
    """The seal cannot be put on “{title}”: {reason}"""


class _FirmSigner(signers.PdfSigner):
    """A signer whose time is the firm's clock and not the machine's."""

    def __init__(self, at: datetime, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._at = at

    def init_signing_session(self, *args: Any, **options: Any) -> Any:
        session = super().init_signing_session(*args, **options)
        session.system_time = self._at
        return session


def seal_pdf(content: bytes, *, title: str, at: datetime, data_dir: Path, fonts: Path | None) -> bytes:
    """A PDF with the firm's visible seal and digital signature, as an update that leaves the signed bytes as they were.

    The seal goes over the firm's name in the signature block of the last page that has one, else at the lower right of
    the last page. A PDF that already bears a seal gets another, which signs the first along with it.
    """
    key, certificate = find_certificate(data_dir / "seal", at)
    signer = signers.SimpleSigner.load(str(key), str(certificate))  # type: ignore[no-untyped-call]  # pyHanko's gap
    if signer is None:
        raise SealRefused(title=title, reason=f"{certificate} and {key} are not a certificate and its key")
    reader = PdfReader(io.BytesIO(content))
    page, box = _place(reader)
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    name = f"FirmSeal{1 + len(reader.get_fields() or {})}"
    metadata = signers.PdfSignatureMetadata(
        field_name=name,
        reason="用印",
        name=read_firm()["name"],
        location=read_firm()["address"],
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    stamp = render_layout("seal.typ", {"name": read_firm()["name"], "caption": CAPTION}, fonts, at=at)
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "seal.pdf"
        picture.write_bytes(stamp)
        style = StaticStampStyle.from_pdf_file(str(picture), border_width=0, background_opacity=0.92)
        field = fields.SigFieldSpec(sig_field_name=name, on_page=page, box=box)
        pdf_signer = _FirmSigner(at, metadata, signer, stamp_style=style, new_field_spec=field)
        # pyHanko runs an event loop of its own, which a thread that already runs one (a browser test's) cannot hold.
        with ThreadPoolExecutor(1, "seal") as own_thread:
            sealed = own_thread.submit(pdf_signer.sign_pdf, writer).result()
    return bytes(sealed.getvalue())


def find_certificate(folder: Path, at: datetime) -> tuple[Path, Path]:
    """The firm's key and certificate; a self-signed pair is made once, ten years valid, readable by its owner only."""
    key_path, certificate_path = folder / "firm.key", folder / "firm.crt"
    if key_path.exists() and certificate_path.exists():
        return key_path, certificate_path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    firm = read_firm()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, firm["name"]),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, DEMO_ISSUER),
            x509.NameAttribute(NameOID.COMMON_NAME, firm["name"]),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signing_only(), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # The certificate is written last: whoever sees it finds its key. Two processes at once would overwrite each other
    # whole, and the files are only read after both exist.
    _write_private(key_path, private)
    _write_private(certificate_path, certificate.public_bytes(serialization.Encoding.PEM))
    return key_path, certificate_path


def _signing_only() -> x509.KeyUsage:
    usage: Mapping[str, bool] = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(digital_signature=True, content_commitment=True, **usage)


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(path)


def _place(reader: PdfReader) -> tuple[int, tuple[int, int, int, int]]:
    """Where the seal goes: page index and box in points, kept inside the page."""
    firm = read_firm()["name"]
    for index in range(len(reader.pages) - 1, -1, -1):
        found = _find_text(reader, index, firm)
        if found is not None:
            width = int(reader.pages[index].mediabox.width)
            x = min(max(int(found[0]), MARGIN), width - MARGIN - SIZE)
            y = max(int(found[1] - SIZE * 0.72), MARGIN)
            return index, (x, y, x + SIZE, y + SIZE)
    last = reader.pages[-1].mediabox
    right = int(last.right) - MARGIN
    return len(reader.pages) - 1, (right - SIZE, MARGIN + 30, right, MARGIN + 30 + SIZE)


def _find_text(reader: PdfReader, index: int, wanted: str) -> tuple[float, float] | None:
    """The left end of the lowest occurrence of a text in the lower nine tenths of a page, in points; None without."""
    page = reader.pages[index]
    top = float(page.mediabox.height) * 0.88  # the letterhead above names the firm too
    places: list[tuple[float, float]] = []

    def visit(text: str, cm: list[float], tm: list[float], _font: Any, _size: Any) -> None:
        x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        if wanted in text and y < top:
            places.append((x, y))

    page.extract_text(visitor_text=visit)
    return min(places, key=lambda place: place[1]) if places else None
