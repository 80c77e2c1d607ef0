"""Debian's Mail::DKIM, a second verifier: it reads a message as it arrived, and asks a name server of ours."""

import shutil
import subprocess

import pytest

_PROGRAM = r"""
use strict; use warnings;
use Mail::DKIM::Verifier; use Mail::DKIM::DNS; use Net::DNS::Resolver;
Mail::DKIM::DNS::resolver(
    Net::DNS::Resolver->new(nameservers => ['127.0.0.1'], port => $ARGV[0], udppacketsize => 4096));
my $verifier = Mail::DKIM::Verifier->new();
binmode STDIN; local $/; $verifier->PRINT(<STDIN>); $verifier->CLOSE;
print $_->algorithm, "\t", $_->result_detail, "\n" for $verifier->signatures;
"""


def verify_with_mail_dkim(message: bytes, *, port: int) -> dict[str, str]:
    """Algorithm → `pass`, or what is wrong, of each signature; skips where Debian's libmail-dkim-perl is missing."""
    perl = shutil.which("perl")
    if not perl or subprocess.run([perl, "-MMail::DKIM", "-e", "1"], check=False, capture_output=True).returncode:
        pytest.skip("Mail::DKIM is missing (Debian: libmail-dkim-perl)")
    done = subprocess.run([perl, "-e", _PROGRAM, str(port)], input=message, capture_output=True, check=True)
    return dict(line.split("\t", 1) for line in done.stdout.decode().splitlines())
