"""A file that once kept the reader busy for ever."""

import pytest

from vibench.core.errors import InputError
from vibench.experiment.jcamp_files import read_jcamp

LABELS = """##TITLE=x
##JCAMP-DX=4.24
##DATA TYPE=INFRARED SPECTRUM
##XUNITS=1/CM
##YUNITS=ABSORBANCE
##FIRSTX=1000
##LASTX=1007
##NPOINTS=8
##XYDATA=(X++(Y..Y))
{}
##END=
"""


@pytest.mark.parametrize("last", ["π", "x", "\0", "1e", "--"])
def test_a_strange_sign_after_many_digits_is_found_at_once(tmp_path, last):
    path = tmp_path / "x.jdx"
    path.write_text(LABELS.format("1000 " + "12345678 " * 40 + last))
    with pytest.raises(InputError, match=r"line 10: expected numbers|x\.jdx"):
        read_jcamp(path)
