"""What the system says is said in the editor's language; a rare case keeps the system's words."""

import errno
import os

from newsletter.i18n import speaking
from newsletter.mistakes import did_you_mean, system_reason


def refusal(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def test_the_nearest_name_is_offered_and_no_far_one() -> None:
    with speaking("en"):
        assert did_you_mean("tilte", ("date", "title")) == "did you mean title?"
        assert did_you_mean("xyz", ("date", "title")) is None


def test_a_full_disk_is_said_in_french() -> None:
    with speaking("fr"):
        assert system_reason(refusal(errno.ENOSPC)) == "le disque est plein"


def test_a_rare_refusal_keeps_the_words_of_the_system() -> None:
    assert system_reason(refusal(errno.EXDEV)) == os.strerror(errno.EXDEV)
    assert system_reason(OSError("odd")) == "odd"
