"""Throw-away certificates, made by openssl when a test asks for one."""

import subprocess
from pathlib import Path


def make_certificate(folder: Path, *, name: str = "127.0.0.1", days: int = 2) -> Path:
    """A self-signed certificate and its key in one file; negative days make an expired one."""
    folder.mkdir(parents=True, exist_ok=True)
    request, key, extension = folder / "request.pem", folder / "key.pem", folder / "extension"
    kind = "IP" if name[0].isdigit() else "DNS"
    extension.write_text(f"subjectAltName={kind}:{name}\n")
    _openssl(
        *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-keyout", key, "-out", request, "-subj", f"/CN={name}"),
    )
    certificate = folder / "certificate.pem"
    _openssl("x509", "-req", "-in", request, "-signkey", key, "-days", days, "-extfile", extension, "-out", certificate)
    whole = folder / "whole.pem"
    whole.write_bytes(certificate.read_bytes() + key.read_bytes())
    return whole


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
