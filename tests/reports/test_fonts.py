from importlib.metadata import PackageNotFoundError

import pytest
from matplotlib.ft2font import FT2Font

from qualicity.errors import InputError
from reports import fonts


@pytest.fixture(autouse=True)
def _forgotten():
    fonts.font_file.cache_clear()
    yield
    fonts.font_file.cache_clear()


def test_the_font_is_the_one_that_it_is_called():
    assert FT2Font(str(fonts.font_file())).family_name == fonts.FAMILY
    assert fonts.font_folder() == fonts.font_file().parent
    assert len(fonts.font_digest()) == 64


def test_without_its_distribution_the_font_is_missing(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(fonts, "distribution", missing)

    with pytest.raises(InputError, match="there is no zhplot") as error:
        fonts.font_file()
    assert "pip install" in error.value.mend


def test_a_distribution_without_the_file_is_told(monkeypatch):
    monkeypatch.setattr(fonts, "_FILE", "zhplot/fonts/Other.ttf")

    with pytest.raises(InputError, match=r"has no zhplot/fonts/Other\.ttf"):
        fonts.font_file()
