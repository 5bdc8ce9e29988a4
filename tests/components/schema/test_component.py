import pytest

from components import features
from components.errors import InputError
from components.schema.component import load_schema


def test_the_schema_describes_exactly_the_features_of_an_example():
    assert {feature.name for feature in load_schema().feature} == {
        features.IMAGE,
        features.LABEL,
        features.CLASS_NAME,
        features.HEIGHT,
        features.WIDTH,
        features.CHANNELS,
        features.BRIGHTNESS,
        features.CONTRAST,
    }


def test_the_schema_agrees_with_the_features_module():
    schema = load_schema()
    by_name = {feature.name: feature for feature in schema.feature}
    (domain,) = schema.string_domain
    assert tuple(domain.value) == features.CLASS_NAMES
    assert by_name[features.LABEL].int_domain.max == len(features.CLASS_NAMES) - 1
    for key, size in zip(
        (features.HEIGHT, features.WIDTH, features.CHANNELS),
        features.IMAGE_SHAPE,
        strict=True,
    ):
        assert by_name[key].int_domain.min == by_name[key].int_domain.max == size


@pytest.mark.parametrize("content", [b"feature { nonsense }", b"\xff\xfe\x00"])
def test_a_file_that_is_no_schema_is_named(tmp_path, content):
    path = tmp_path / "schema.pbtxt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"schema\.pbtxt gave .*restore it from git"):
        load_schema(path)
