"""The signature over a package's tag manifest: the firm's certificate, the time, and a time stamp where one is configured.

The time is that of this server's clock, vouched for by the firm alone, unless ``ARCHIVE_TSA_URL`` names a time-stamping
authority (RFC 3161, GB/T 20520), whose stamp is then put into the signature.
"""

from __future__ import annotations

import asyncio
import hashlib
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms, tsp
from pyhanko.sign import signers, timestamps
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from engine.errors import JuanzongError
from workflows.records import bags
from workflows.records.seals import find_certificate

FILE = "tagmanifest-sha256.p7s"
FIRM_CLOCK, AUTHORITY = "firm_clock", "authority"
TIMEOUT = 30
REPLY_TYPE, QUERY_TYPE = "application/timestamp-reply", "application/timestamp-query"


class SigningFailed(JuanzongError):
    """The package cannot be signed: {reason}"""


@dataclass(frozen=True)
class Signed:
    """Who signed a package when; ``source`` says whose clock, ``is_intact`` whether the signature fits the manifest."""

    is_intact: bool
    signer: str
    fingerprint: str
    at: datetime | None
    source: str


class _Authority(timestamps.TimeStamper):
    """A time-stamping authority that is asked over HTTP."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko's gap
        self._url = url

    async def async_request_tsa_response(self, req: Any) -> Any:
        asked = urllib.request.Request(  # noqa: S310 - the address is the firm's own setting
            self._url, data=req.dump(), headers={"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE}
        )
        with urllib.request.urlopen(asked, timeout=TIMEOUT) as answer:  # noqa: S310
            return tsp.TimeStampResp.load(answer.read())


def signer_for(tools: Mapping[str, Any], at: datetime) -> Callable[[bytes], dict[str, bytes]]:
    """What signs a tag manifest with the firm's certificate: bytes in, the files of the signature out."""
    key, certificate = find_certificate(Path(tools["data_dir"]) / "seal", at)
    authority = str(tools.get("archive_tsa_url") or "")

    def sign(manifest: bytes) -> dict[str, bytes]:
        signer = signers.SimpleSigner.load(str(key), str(certificate))  # type: ignore[no-untyped-call]  # pyHanko's gap
        if signer is None:
            raise SigningFailed(reason=f"{certificate} and {key} are not a certificate and its key")
        signing = signer.async_sign_general_data(
            manifest,
            "sha256",
            detached=True,
            timestamper=_Authority(authority) if authority else None,
            signed_attr_settings=PdfCMSSignedAttributes(signing_time=at),
        )
        # An event loop of its own: the thread that asks may run one already.
        with ThreadPoolExecutor(1, "sign") as own_thread:
            try:
                done = own_thread.submit(asyncio.run, signing).result()
            except (OSError, ValueError) as error:
                raise SigningFailed(reason=str(error)) from error
        return {FILE: bytes(done.dump())}

    return sign


def read_signature(folder: Path) -> Signed | None:
    """The signature of a bag, checked against its tag manifest; None without one."""
    path = folder / bags.SIGNATURES / FILE
    if not path.is_file():
        return None
    try:
        return _read(path.read_bytes(), (folder / bags.TAG_MANIFEST).read_bytes())
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        return Signed(is_intact=False, signer="", fingerprint="", at=None, source="")


def _read(signature: bytes, manifest: bytes) -> Signed:
    signed = cms.ContentInfo.load(signature)["content"]
    info = signed["signer_infos"][0]
    certificate = signed["certificates"][0].chosen
    intact, valid = validate_sig_integrity(info, certificate, "data", hashlib.sha256(manifest).digest())
    stamped = _stamped_at(info)
    return Signed(
        is_intact=intact and valid,
        signer=str(certificate.subject.native.get("organization_name") or certificate.subject.human_friendly),
        fingerprint=certificate.sha256.hex(),
        at=stamped or _signed_at(info),
        source=AUTHORITY if stamped else FIRM_CLOCK,
    )


def _signed_at(info: Any) -> datetime | None:
    """The time that the firm itself signed with."""
    times = [each["values"][0].native for each in info["signed_attrs"] if each["type"].native == "signing_time"]
    return times[0] if times else None


def _stamped_at(info: Any) -> datetime | None:
    """The time that an authority put into a signature, if its stamp is one over this signature."""
    for attribute in info["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            stamp = attribute["values"][0]["content"]["encap_content_info"]["content"].parsed
            imprint = stamp["message_imprint"]
            named = imprint["hash_algorithm"]["algorithm"].native
            digest = hashlib.new(named, info["signature"].native).digest()
            if digest == imprint["hashed_message"].native:
                moment: datetime = stamp["gen_time"].native
                return moment
    return None
