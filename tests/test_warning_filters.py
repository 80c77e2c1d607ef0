import threading
import warnings

import pytest

from newsletter.warning_filters import filters_alone, warnings_raised


def test_a_warning_is_an_error_and_only_in_there() -> None:
    before = list(warnings.filters)
    with warnings_raised(), pytest.raises(UserWarning):
        warnings.warn("damaged", stacklevel=1)
    assert list(warnings.filters) == before


def test_what_one_thread_ignores_another_never_raises() -> None:
    """They take turns: else the filters of the one are those of the other, and stay so."""
    before, inside = list(warnings.filters), threading.Event()

    def raise_them() -> None:
        with warnings_raised():
            inside.set()

    with filters_alone():
        warnings.simplefilter("ignore")
        other = threading.Thread(target=raise_them)
        other.start()
        assert not inside.wait(0.05)
        warnings.warn("ignored", stacklevel=1)
    other.join(10)
    assert inside.is_set()
    assert list(warnings.filters) == before
