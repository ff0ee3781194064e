import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import STEADY

from geo.canonical import AREA_DIGITS, DEGREE_DIGITS, LENGTH_DIGITS, SHARE_DIGITS, digest, encode, quantity

VALUE = {"b": [1, 2.5, None, True], "a": {"名": "样例", "0": -0.25}}
BYTES = '{"a":{"0":-0.25,"名":"样例"},"b":[1,2.5,null,true]}'.encode()

keys = st.text(max_size=4)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | keys,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def test_bytes_have_sorted_keys_and_no_white_space():
    assert encode(VALUE) == BYTES


def test_the_digest_is_the_same_for_ever():
    # printf '…BYTES…' | sha256sum | cut -c1-32
    assert digest(VALUE) == "b7c109d86bd684b4b896bc1a44312e0f"


def test_the_order_of_keys_changes_nothing():
    assert digest({"a": VALUE["a"], "b": VALUE["b"]}) == digest({"b": VALUE["b"], "a": VALUE["a"]})


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({**VALUE, "b": [2.5, 1, None, True]}, id="another order in a list"),
        pytest.param({**VALUE, "b": [1, 2.5, None, False]}, id="another value"),
        pytest.param({**VALUE, "c": None}, id="one more key"),
        pytest.param([VALUE], id="within a list"),
    ],
)
def test_another_value_has_another_digest(other):
    assert digest(other) != digest(VALUE)


@given(values)
@STEADY
def test_what_was_read_back_has_the_same_bytes(value):
    assert encode(orjson.loads(encode(value))) == encode(value)


@given(st.dictionaries(keys, values, min_size=2, max_size=6))
@STEADY
def test_a_dictionary_built_backwards_has_the_same_bytes(value):
    assert encode(dict(reversed(value.items()))) == encode(value)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        pytest.param(1234.5678, AREA_DIGITS, b"1234.57", id="square metres to the cent"),
        pytest.param(12.34567, LENGTH_DIGITS, b"12.346", id="metres to the millimetre"),
        pytest.param(1 / 3, SHARE_DIGITS, b"0.333333", id="a share to a millionth"),
        pytest.param(129.50240000049, DEGREE_DIGITS, b"129.5024", id="degrees to 1e-9"),
        pytest.param(-0.0, AREA_DIGITS, b"0.0", id="minus zero"),
        pytest.param(-0.001, AREA_DIGITS, b"0.0", id="what rounds to minus zero"),
        pytest.param(-2.5, AREA_DIGITS, b"-2.5", id="less than zero"),
        pytest.param(7, AREA_DIGITS, b"7.0", id="a whole number"),
    ],
)
def test_a_quantity_is_rounded_for_the_record(value, digits, text):
    assert encode(quantity(value, digits)) == text
