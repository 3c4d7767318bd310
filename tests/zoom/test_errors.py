from __future__ import annotations

import pickle

import pytest

from airflow_provider_zoomchat.zoom import errors


def make(kind: type[errors.ZoomChatError]) -> errors.ZoomChatError:
    if issubclass(kind, errors.RejectedError):
        return kind("Could not send.", 400, 300, "v=2.0;x")
    if kind is errors.UnreachableError:
        return errors.UnreachableError("Could not send.", may_have_arrived=True)
    return kind("Could not send.")


KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, BaseException)
]


@pytest.mark.parametrize("kind", KINDS)
def test_survives_pickling(kind: type[errors.ZoomChatError]) -> None:
    """An error crosses a process boundary with everything it knows."""
    error = make(kind)
    error.may_have_arrived = True
    if isinstance(error, errors.RateLimitError):
        error.retry_after = 7.0
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == "Could not send."
    assert vars(copy) == vars(error)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_in_the_drawn_tree(kind: type[errors.ZoomChatError]) -> None:
    """The tree at the top of the file shows every class."""
    assert kind.__name__ in (errors.__doc__ or "")


def test_a_config_error_is_a_value_error() -> None:
    """Who catches ValueError for bad arguments catches ours too."""
    with pytest.raises(ValueError, match="nothing"):
        raise errors.ConfigError("nothing was sent")
